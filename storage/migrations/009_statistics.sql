-- What a young database grows by is analyzed every second or so; with the usual sample of 30,000 rows
-- that took half a second of a core, in which everything else waited. Every plan here is a lookup by
-- key whatever the statistics say, so a small sample does.
set local role weir_owner;
alter function weir.statistics_refresh() set default_statistics_target = 10;
