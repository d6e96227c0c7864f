"""What opening an article does to the garbage collector, in a process of its own."""

from __future__ import annotations

from support import in_another_process


def test_what_is_made_inside_is_not_walked_and_cycles_of_the_last_time_are_freed() -> None:
    done = in_another_process("""
        import gc, weakref
        from annotator.tui.still import still

        class Screen: pass

        with still():
            assert not gc.isenabled()
            first = Screen()
            first.itself = first
        assert gc.isenabled() and gc.get_freeze_count() > 0
        gone = weakref.ref(first)
        del first
        gc.collect()
        assert gone() is not None  # frozen
        with still():
            second = Screen()
            second.itself = second
        assert gone() is None
        assert not any(thing is second for thing in gc.get_objects())
        try:
            with still():
                raise ValueError
        except ValueError:
            assert gc.isenabled()
        print("passed")
    """)
    assert done.stdout == "passed\n"
