"""Files of measured times: what is written is what is read, and what cannot be read is said in one line."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest

import resetdyn as rd
from resetdyn.advice import measured, text_table
from resetdyn.advice.files import measured_times

TIMES = np.array([0.125, 3.0, 1e-7, 12345.678, 2.5])
FLAGS = np.array([False, True, False, False, True])


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def written(text, name="runs.csv"):
    with open(name, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return name


def rows(delimiter, yes="true", no="false"):
    lines = zip(TIMES, FLAGS, strict=True)
    return [delimiter.join(["run", repr(float(t)), yes if flag else no]) for t, flag in lines]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("name", "delimiter"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t"), ("a.txt", "  "), ("a.txt", ",")]
)
def test_a_table_with_a_header_is_what_was_written(name, delimiter, end):
    lines = ["# written by hand", delimiter.join(["what", "time [ms]", "censored"]), "", *rows(delimiter)]
    found = measured_times(written(end.join(lines) + end, name))
    assert np.array_equal(found.times, TIMES)
    assert np.array_equal(found.censored, FLAGS)
    assert (found.column, found.unit, found.source) == ("time", "ms", name)


def test_what_spreadsheets_write_is_read():
    text = (
        '\ufeff"run, number","completion time (s)","state"\r\n"1","2.5","yes"\r\n"2, again"," 3",no\r\n\r\n'
    )
    found = measured_times(written(text), censored="state")
    assert found.times.tolist() == [2.5, 3.0]
    assert found.censored.tolist() == [True, False]
    assert (found.column, found.unit) == ("completion time", "s")


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("True", "False"), ("YES", "no"), ("censored", "ended")])
def test_flags_are_words_or_numbers(yes, no):
    path = written("what,time,given up\n" + "\n".join(rows(",", yes, no)))
    assert np.array_equal(measured_times(path, censored="given up").censored, FLAGS)
    assert measured_times(path).censored is None  # nobody said that this column is one of flags


def test_a_file_without_a_header_has_columns_by_number():
    path = written("\n".join(rows(",", "1", "0")))
    found = measured_times(path, column=2, censored=3)
    assert np.array_equal(found.times, TIMES)
    assert np.array_equal(found.censored, FLAGS)
    assert np.array_equal(measured_times(path, column="2").times, TIMES)


@pytest.mark.parametrize("asked", ["time [ms]", "time", "TIME", "2", 2])
def test_a_column_by_name_with_or_without_its_unit_or_by_number(asked):
    path = written("cost,time [ms]\n1,2\n3,4\n")
    found = measured_times(path, column=asked)
    assert found.times.tolist() == [2.0, 4.0]
    assert found.unit == "ms"


def test_what_numpy_saves_as_text_is_read_with_its_header():
    np.savetxt("a.txt", np.stack([TIMES, FLAGS], axis=1), header="time_s censored")
    found = measured_times("a.txt")
    assert np.array_equal(found.times, TIMES)
    assert np.array_equal(found.censored, FLAGS)
    assert (found.column, found.unit) == ("time", "s")


def test_a_comment_is_no_name_of_a_single_column():
    np.savetxt("a.txt", TIMES, header="measured (Monday)")
    assert (measured_times("a.txt").column, measured_times("a.txt").unit) == ("1", "")


@pytest.mark.parametrize(
    ("name", "unit"), [("time [function evaluations]", "function evaluations"), ("run time (µs)", "µs"),
                       ("time_ms", "ms"), ("time_spent", ""), ("time", "")]
)  # fmt: skip
def test_units_stand_in_names(name, unit):
    assert measured_times(written(f"{name}\n1\n2\n")).unit == unit


def test_a_unit_is_given_or_read_and_not_both_ways():
    assert measured_times(written("time\n1\n"), unit="s").unit == "s"
    path = written("time [ms]\n1\n")
    assert measured_times(path, unit="ms").unit == "ms"
    with pytest.raises(ValueError, match=r"'time \[ms\]' is in ms, and --unit says s"):
        measured_times(path, unit="s")


def test_the_standard_input_is_text(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("time [h]\tcensored\n1\t0\n2\t1\n"))
    found = measured_times("-")
    assert (found.times.tolist(), found.censored.tolist(), found.unit) == ([1.0, 2.0], [False, True], "h")
    assert found.source == "standard input"


def test_arrays_of_numpy():
    np.save("plain.npy", TIMES)
    np.save("table.npy", np.stack([TIMES, FLAGS], axis=1))
    named = np.zeros(5, dtype=[("time_ms", "f4"), ("censored", "?")])
    named["time_ms"], named["censored"] = TIMES, FLAGS
    np.save("named.npy", named)
    np.savez("several.npz", runtime=TIMES, censored=FLAGS, other=np.zeros((2, 2)))
    assert np.array_equal(measured_times("plain.npy").times, TIMES)
    table = measured_times("table.npy", column=1, censored=2)
    assert np.array_equal(table.times, TIMES)
    assert np.array_equal(table.censored, FLAGS)
    record = measured_times("named.npy")
    assert np.array_equal(record.times, TIMES.astype("f4"))
    assert np.array_equal(record.censored, FLAGS)
    assert record.unit == "ms"
    several = measured_times("several.npz")
    assert np.array_equal(several.times, TIMES)
    assert np.array_equal(several.censored, FLAGS)


def test_parquet():
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"what": list("abcde"), "time [ms]": TIMES, "censored": FLAGS})
    frame.to_parquet("a.parquet")
    found = measured_times("a.parquet")
    assert np.array_equal(found.times, TIMES)
    assert np.array_equal(found.censored, FLAGS)
    assert found.unit == "ms"
    with open("b.parquet", "wb") as file:
        file.write(b"PAR1 and nothing else")
    with pytest.raises(ValueError, match="not a whole parquet file"):
        measured_times("b.parquet")


def test_parquet_without_its_reader_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ImportError, match=r"read by pyarrow.*or save \.csv"):
        measured_times("a.parquet")


REFUSED = {
    "": "is empty",
    "# nothing but this\n\n": "is empty",
    "time\n": "no row below its header",
    "time\n1\n\nabc\n": "line 4: 'abc' is not a number",
    "time\n1\n\nnan\n": "line 4: the time is nan; leave out runs without a time",
    "time\n1\n-3\n0\n": "line 3: the time is -3; give times above 0",
    "time\n0\n": "line 2: the time is 0; give times above 0",
    "time\ninf\n": r"line 2: the time is inf; .* flag it in a column \(--censored\)",
    "time\n1 ms\n2 s\n": r"mixed units \(ms, s\); give all times in one unit",
    "time\n1\n2 s\n": r"mixed units \(no unit, s\)",
    "time\n1 ms\n2 ms\n": r"line 2: '1 ms' is a number and a unit; .* 'time \[ms\]'",
    "run;time\n1;2,5\n": "line 2: '2,5' is not a number; write a point for the decimal comma",
    "run,time\n1,2\n3\n": "line 3 has 1 columns, and 'time' is number 2",
    "run,time\n1,2\n3,\n": "line 3: '' is not a number; leave out runs without a time",
    "time,censored\n1,0\n2,\n": "line 3: '' does not tell whether the run was given up",
    "time,censored\n1,perhaps\n": "line 2: 'perhaps' does not tell",
    "begin,end\n1,2\n": "several columns: give --column, one of 'begin', 'end'",
    "time,runtime\n1,2\n": "several columns",
    "1 2 3 " * 20_000: "not a table in text",
    "a\0b\n": "not a table in text",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text[:30]))
def test_what_is_refused_is_refused_in_one_line(text):
    with pytest.raises(ValueError, match=REFUSED[text]) as caught:
        measured_times(written(text))
    assert "\n" not in str(caught.value)
    assert "runs.csv" in str(caught.value)


def test_a_column_that_is_not_there():
    path = written("time [ms],cost\n1,2\n")
    with pytest.raises(ValueError, match=r"no column 'age': give --column, one of 'time \[ms\]', 'cost'"):
        measured_times(path, column="age")
    with pytest.raises(ValueError, match="no column '3': give --censored"):
        measured_times(path, censored=3)


def test_files_that_are_not_what_their_name_says():
    for name in ("a.npy", "a.npz"):
        with pytest.raises(ValueError, match="not a whole file of arrays"):
            measured_times(written("1\n2\n", name))
    np.save("objects.npy", np.array([1.0, "a"], dtype=object), allow_pickle=True)
    np.savez("objects.npz", time=np.array([1.0, "a"], dtype=object))
    for name in ("objects.npy", "objects.npz"):
        with pytest.raises(ValueError, match="could run code: refused"):
            measured_times(name)
    np.save("words.npy", np.array(["1", "2"]))
    with pytest.raises(ValueError, match="give times as numbers"):
        measured_times("words.npy")
    np.save("cube.npy", np.zeros((2, 2, 2)))
    with pytest.raises(ValueError, match=r"has shape \(2, 2, 2\)"):
        measured_times("cube.npy")
    np.save("none.npy", np.zeros(0))
    with pytest.raises(ValueError, match="is empty"):
        measured_times("none.npy")
    np.save("low.npy", np.array([1.0, np.nan]))
    with pytest.raises(ValueError, match=r"low\.npy row 2: the time is nan"):
        measured_times("low.npy")
    with open("latin.csv", "wb") as file:
        file.write("time [µs]\n1\n".encode("latin-1"))
    with pytest.raises(ValueError, match="not text in UTF-8"):
        measured_times("latin.csv")
    with pytest.raises(ValueError, match=r"files that end in \.xlsx are not read; give one of \.csv"):
        measured_times("a.xlsx")
    with pytest.raises(FileNotFoundError, match=r"nothing\.csv cannot be read \(No such file"):
        measured_times("nothing.csv")


def test_chunks_join_to_the_whole_and_lines_keep_their_numbers(monkeypatch):
    monkeypatch.setattr(text_table, "CHUNK", 64)  # characters: some rows a chunk, and rows across chunks
    times = np.random.default_rng(1).lognormal(size=500)
    lines = ["time,censored"]
    for i, t in enumerate(times):
        lines += ["# between"] * (i % 50 == 0) + [""] * (i % 70 == 0) + [f"{float(t)!r},{int(i % 3 == 0)}"]
    found = measured_times(written("\n".join(lines)))
    assert np.array_equal(found.times, times)
    assert np.array_equal(found.censored, np.arange(500) % 3 == 0)
    lines[300] = "oops,0"
    with pytest.raises(ValueError, match="line 301: 'oops'"):
        measured_times(written("\n".join(lines)))


def test_a_file_larger_than_memory_is_refused_after_its_first_chunk(monkeypatch):
    path = written("time\n" + "1.5\n" * 50_000)
    monkeypatch.setattr(text_table, "CHUNK", 4000)
    monkeypatch.setattr(measured, "available", lambda: 1e6)  # 25,000 times fit, of which 80 % may be used
    asked = []
    check = measured.check_fits
    monkeypatch.setattr("resetdyn.advice.files.check_fits", lambda *a: (asked.append(a[1]), check(*a)))
    with pytest.raises(MemoryError, match=r"runs\.csv: some 5e\+04 times would need 0\.002 GB"):
        measured_times(path)
    assert len(asked) == 1
    assert asked[0] == pytest.approx(50_000, rel=0.01)
    monkeypatch.setattr(sys, "stdin", io.StringIO("time\n" + "1.5\n" * 50_000))  # whose end nobody knows
    with pytest.raises(MemoryError):
        measured_times("-")
    assert 20_000 <= asked[-1] < 22_000
    for name, save in (("a.npy", np.save), ("a.npz", np.savez)):
        save(name, np.ones(50_000))
        with pytest.raises(MemoryError):
            measured_times(name)
    monkeypatch.setattr(measured, "available", lambda: 1e7)
    assert len(measured_times(path).times) == 50_000


@pytest.mark.slow
def test_reading_takes_the_memory_of_the_numbers_and_a_chunk():
    import tracemalloc

    path = written(
        "run,time\n" + "".join(f"{i},{i + 1}.5,and a remark that is not kept\n" for i in range(400_000))
    )
    tracemalloc.start()
    n = len(measured_times(path).times)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n == 400_000
    # the numbers twice when they are joined; a chunk as text, as lines and as numbers
    assert peak < 2 * 8 * n + 15 * text_table.CHUNK


def test_advise_takes_a_path():
    times = np.random.default_rng(1).lognormal(size=50)
    flags = times > 4
    lines = [f"{float(t)!r},{flag},{int(flag)}" for t, flag in zip(np.minimum(times, 4), flags, strict=True)]
    path = written("\n".join(["time [s],censored,lost", *lines]))
    expected = rd.advise(np.minimum(times, 4), flags)
    for found in (rd.advise(path), rd.advise(Path(path), censored="lost"), rd.advise(path, flags)):
        assert (found.mean, found.cv, found.censored) == (expected.mean, expected.cv, flags.sum())
    with pytest.raises(FileNotFoundError, match=r"nothing\.csv cannot be read"):
        rd.advise("nothing.csv")
