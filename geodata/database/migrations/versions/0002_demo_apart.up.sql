-- A slip in a program must not be able to put fictional parcels among real ones.
CREATE FUNCTION refuse_other_territory() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.fictional IS DISTINCT FROM (SELECT value = 'demo' FROM meta WHERE key = 'territory') THEN
        RAISE EXCEPTION 'demo and real data never share a database' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dataset_is_of_this_territory BEFORE INSERT OR UPDATE OF fictional ON dataset
    FOR EACH ROW EXECUTE FUNCTION refuse_other_territory();
