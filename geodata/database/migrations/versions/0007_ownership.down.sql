ALTER TABLE ownership DROP COLUMN right_type;
ALTER TABLE ownership DROP COLUMN other_rights;
ALTER TABLE ownership DROP COLUMN lease;
ALTER TABLE ownership DROP COLUMN owners;
ALTER TABLE ownership DROP COLUMN public_share;
ALTER TABLE ownership DROP COLUMN matched_by;
COMMENT ON TABLE ownership IS 'Class of owner by parcel, from lists of the municipality itself.';
COMMENT ON COLUMN ownership.owner_class IS 'Class of the owner; names of persons are never stored.';
