-- When the account was given another address: what was approved before is void.
ALTER TABLE account ADD COLUMN email_set_at BIGINT;

-- Whom no mail reaches, by the condition of `account/store_address.rs`.
CREATE INDEX account_unreachable ON account (id) WHERE (email_key LIKE '%@invalid' OR email_key LIKE '%.invalid' OR email_key LIKE '%@users.noreply.github.com' OR email_key NOT LIKE '%@%' OR email_key LIKE '% %');
