-- Support writes notes about customers. Its tool comes with an ORM that makes its own table.
CREATE TABLE "CustomerNote" (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "customerId" bigint NOT NULL REFERENCES customers (id),
    body text NOT NULL,
    "createdAt" timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX "CustomerNote_customerId_idx" ON "CustomerNote" ("customerId");
