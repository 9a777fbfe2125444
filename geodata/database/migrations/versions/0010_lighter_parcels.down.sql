ALTER TABLE parcel DROP COLUMN as_read;
CREATE INDEX ix_parcel_geom_3857 ON parcel USING gist (geom_3857);
