from doorline.push.latency import WINDOW, Latencies


def test_percentiles_are_values_that_were_measured() -> None:
    found = Latencies()
    for seconds in (4.0, 1.0, 2.0, 3.0):
        found.add(seconds)

    assert [found.percentile(part) for part in (0.01, 0.5, 0.75, 0.95, 1.0)] == [1, 2, 3, 4, 4]
    assert found.last == 3.0


def test_before_the_first_there_is_nothing_to_tell() -> None:
    assert (Latencies().percentile(0.5), Latencies().last, len(Latencies())) == (None, None, 0)


def test_old_ones_make_room() -> None:
    found = Latencies()
    for number in range(WINDOW + 10):
        found.add(float(number))

    assert (len(found), found.percentile(0.01)) == (WINDOW, 10.0)
