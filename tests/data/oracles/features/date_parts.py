#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes date_parts.json: what Python's datetime and calendar say of dates."""
import calendar
import json
import math
import pathlib
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
texts = ["1970-01-01 00:00:00", "1969-12-31 23:59:59", "2024-02-29 12:30:15", "2023-03-01 06:05:00",
         "2000-12-31 18:45:59", "1900-02-28 01:00:00", "2026-11-22 00:59:00", "0001-01-01 00:00:00",
         "9999-12-31 23:59:59", "2024-12-31 03:15:00", "1582-10-10 08:08:08"]


def waves(*shares):
    return [f(2 * math.pi * s) for s in shares for f in (math.sin, math.cos)]


def case(text):
    t = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
    of_year = t.timetuple().tm_yday
    day = [t.year, t.month, t.day, t.weekday(), of_year, int(t.weekday() >= 5)]
    cyclic = waves((t.month - 1) / 12, (t.day - 1) / calendar.monthrange(t.year, t.month)[1], t.weekday() / 7,
                   (of_year - 1) / (366 if calendar.isleap(t.year) else 365))
    return {"seconds": (t - EPOCH) // timedelta(seconds=1), "day": day, "time": [t.hour, t.minute], "cyclic": cyclic,
            "cyclic_time": waves(t.hour / 24, t.minute / 60)}


pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps([case(t) for t in texts]) + "\n")
