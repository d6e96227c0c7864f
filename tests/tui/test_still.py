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


def test_what_was_closed_is_freed_in_a_pause_and_at_the_latest_after_many() -> None:
    done = in_another_process("""
        import gc, weakref
        from annotator.tui.still import HEAVY, MOST, PAUSE, Tidier

        class Article: pass

        def open_one(length=10, spans=1):
            with tidier.still(length=length, spans=spans):
                article = Article()
                article.itself = article
            return weakref.ref(article)

        def there():
            return sum(ref() is not None for ref in opened)

        busy, calls = [True], []
        tidier = Tidier(lambda: busy[0], lambda seconds, then: calls.append((seconds, then)))
        opened = [open_one() for _ in range(3)]
        assert len(calls) == 1 and calls[0][0] == PAUSE
        calls.pop()[1]()  # somebody types: asked again later
        assert there() == 3 and len(calls) == 1
        busy[0] = False
        calls.pop()[1]()
        assert there() == 0 and calls == []
        opened = [open_one() for _ in range(MOST)]
        assert there() == MOST and len(calls) == 1
        opened.append(open_one())
        assert there() == 1 and len(calls) == 1
        opened = [open_one(length=HEAVY), open_one(), open_one()]
        assert there() == 2  # the long one made the next free it at once
        opened = [open_one(spans=HEAVY // 50), open_one()]
        assert there() == 1
        print("passed")
    """)
    assert done.stdout == "passed\n"
