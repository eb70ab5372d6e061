#pragma once

/* Java names: what java.time says in English. From 1: January, Monday. */
const char *java_names_month(int month);
const char *java_names_weekday(int weekday);
