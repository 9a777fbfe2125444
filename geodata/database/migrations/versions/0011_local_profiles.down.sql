DROP TABLE local_profile;
