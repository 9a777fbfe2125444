DROP TABLE subsidy_file_entry;
DROP TABLE subsidy_file;
DROP FUNCTION refuse_change();
