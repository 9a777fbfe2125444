ALTER TABLE measurement DROP COLUMN access_class, DROP COLUMN access_width_m;
