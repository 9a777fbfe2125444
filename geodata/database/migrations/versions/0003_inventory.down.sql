DROP TABLE inventory_private_total;
DROP TABLE inventory_record;
DROP TABLE inventory_import;
