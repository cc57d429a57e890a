-- Of placements from before it is null, which is as good as empty.
ALTER TABLE placements ADD COLUMN copy_templates text[];
