import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.number_format import shown

ACCOUNTING = '_-* #,##0_-;\\-* #,##0_-;_-* "-"_-;_-@_-'
MOMENT = dt.datetime(2023, 4, 10, 14, 5, 9)


@pytest.mark.parametrize(("value", "code", "expected"), [
    (3, "General", "3"), (3.0, "General", "3"), (7.25, None, "7.25"), (100 / 3, "General", "33.33333333"), (True, "General", "TRUE"),
    (1234567, "#,##0", "1234567"), (1234.5, "#,##0", "1235"), (1.005, "0.00", "1.01"), (-5, "#,##0", "-5"), (1.5, "0.0##", "1.5"),
    (0.5, ".00", ".50"), (42, "00000", "00042"), (0, "0", "0"),
    (0.123, "0.0%", "12.3%"), (0.5, "0%", "50%"), (-0.25, "0.0%", "-25.0%"), (7.1, '0.0"%p"', "7.1%p"),
    (892, '#,##0"명"', "892명"), (2, '"제"0"장"', "제2장"), (3, '"2023년 "0"분기"', "2023년 3분기"), (5, 'General"원"', "5원"),
    (1500, "[$₩-412]#,##0", "₩1500"), (-1500, '"₩"#,##0_);[Red]("₩"#,##0)', "(₩1500)"), (-1234, '#,##0;"△"#,##0', "△1234"),
    (1500, ACCOUNTING, "1500"), (-1500, ACCOUNTING, "-1500"), (0, ACCOUNTING, "-"), (5, ";;;", ""),
    (1234567890, '#,##0,,"백만"', "1235백만"), (1234.5, "#,##0.0,", "1.2"), (1012345678, "000-0000-0000", "010-1234-5678"),
    (12345.678, "0.00E+00", "12345.678"), (0.5, "# ?/?", "0.5"), (3, "[>=100]0;0.0", "3"), (12, "@", "12"),  # as they are
    (1e300, "0.00", "1E+300"), (10**40, "0", "1" + "0" * 40), (float("nan"), "0", ""), (float("inf"), "General", ""),
    ("글", "0.0", "글"), (None, None, ""),
])
def test_numbers(value, code, expected):
    assert shown(value, code) == expected


@pytest.mark.parametrize(("value", "code", "expected"), [
    (MOMENT, "yyyy-mm-dd", "2023-04-10"), (MOMENT, "mm-dd-yy", "2023-04-10"), (MOMENT, "m/d/yy h:mm", "2023-04-10 14:05"),
    (dt.datetime(2023, 4, 10), "yyyy-mm-dd h:mm:ss", "2023-04-10"), (dt.datetime(2023, 4, 10), "yyyy. m. d. hh:mm", "2023. 4. 10."),
    (MOMENT, 'yyyy"년" m"월" d"일"', "2023년 4월 10일"), (MOMENT, 'yyyy"년" m"월" d"일" aaaa', "2023년 4월 10일 월요일"),
    (MOMENT, "yyyy\\.mm\\.dd;@", "2023.04.10"), (MOMENT, "yyyy/mm", "2023/04"), (MOMENT, "mmm-yy", "Apr-23"),
    (MOMENT, "[$-F800]dddd\\, mmmm dd", "2023년 4월 10일 월요일"), (MOMENT, "[$-412]AM/PM h:mm;@", "오후 2:05"), (MOMENT, "mm:ss", "05:09"),
    (MOMENT, "h:mm AM/PM", "2:05 PM"), (MOMENT, '"FY"yy', "FY23"), (dt.time(9, 5), "h:mm", "9:05"), (dt.date(2023, 4, 10), None, "2023-04-10"),
    (dt.timedelta(hours=30, minutes=5), "[h]:mm", "30:05"), (dt.timedelta(minutes=5, seconds=3), "[h]:mm:ss", "0:05:03"),
])
def test_dates(value, code, expected):
    assert shown(value, code) == expected


@given(st.floats() | st.integers() | st.datetimes() | st.times(), st.text("0#?,.%;[]\"\\_*-/@ymdhsaE+ 가Gerl", max_size=12))
def test_any_format_shows_one_line(value, code):
    assert shown(value, code) == " ".join(shown(value, code).split())
