DROP TRIGGER dataset_is_of_this_territory ON dataset;
DROP FUNCTION refuse_other_territory();
