DROP SCHEMA published CASCADE;
DROP TABLE inventory_site;
