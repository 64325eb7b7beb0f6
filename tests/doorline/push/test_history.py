from doorline.push.history import MAX_DEVICES, WakeHistory


def test_each_phone_has_a_history_of_its_own() -> None:
    app = WakeHistory()
    app.device("one").wakes += 1

    assert (app.device("one").wakes, app.device("two").wakes, app.wakes) == (1, 0, 0)
    assert list(app.devices) == ["one", "two"]


def test_the_phone_that_was_pushed_longest_ago_goes_for_a_new_one() -> None:
    app = WakeHistory()
    for number in range(MAX_DEVICES):
        app.device(str(number))
    app.device("0")
    app.device("new")

    assert (len(app.devices), "0" in app.devices, "1" in app.devices) == (MAX_DEVICES, True, False)
