"""The first wrong answers: which are kept, and how those of workers come to the master."""

from authstorm.watch.wrongs import MOST, MOST_OF_A_KIND, Wrongs

EVIDENCE = {"identity": "user7", "what": "sub of the ID token", "expected": "s-7", "got": "s-9", "trace": "ab12"}


def kept(samples):
    wrongs = Wrongs()
    for each in samples:
        wrongs.add(each, EVIDENCE)
    return list(wrongs)


def test_one_holds_what_finds_its_request(sample):
    (answer,) = kept([sample(3.5, "wrong", code="wrong-subject")])
    assert answer._asdict() == EVIDENCE | {
        "done_s": 3.5, "step": "login", "scenario": "visit", "stage": 0, "code": "wrong-subject",
    }  # fmt: skip


def test_the_earliest_are_kept_in_the_order_of_time(sample):
    late_first = [sample(60 - number, "wrong", code=f"code-{number}") for number in range(30)]
    assert [answer.done_s for answer in kept(late_first)] == [31.0 + number for number in range(MOST)]


def test_a_flood_of_one_kind_leaves_room_for_another(sample):
    flood = [sample(number / 10, "wrong", code="wrong-audience") for number in range(100)]
    answers = kept([*flood, sample(50, "wrong", code="wrong-subject")])
    assert [answer.code for answer in answers] == ["wrong-audience"] * MOST_OF_A_KIND + ["wrong-subject"]


def test_what_was_shipped_is_not_shipped_again(sample):
    wrongs = Wrongs()
    wrongs.add(sample(1, "wrong"), EVIDENCE)
    assert len(wrongs.taken()) == 1
    assert wrongs.taken() == []
    assert len(list(wrongs)) == 1


def test_the_evidence_of_every_worker_reaches_the_master(worker, master):
    first, second = worker(0), worker(1)
    first.request(2.5, "wrong", code="token-shared", evidence=EVIDENCE | {"identity": "user1"})
    second.request(1.5, "wrong", code="wrong-subject", evidence=EVIDENCE | {"identity": "user2"})
    second.request(1.6, "wrong", code="wrong-subject")  # one of those that are counted only
    for name, each in (("a", first), ("b", second)):
        master.take(name, each.report())
        master.take(name, each.report())
    told = [(answer.done_s, answer.identity, answer.code) for answer in master.recorder.facts().wrongs]
    assert told == [(1.5, "user2", "wrong-subject"), (2.5, "user1", "token-shared")]
    assert master.recorder.facts().listener_errors == 0


def test_a_single_process_keeps_its_own_and_a_new_run_forgets_them(local):
    local.request(0.5, "wrong", code="wrong-subject", evidence=EVIDENCE)
    assert [answer.identity for answer in local.recorder.facts().wrongs] == ["user7"]
    local.end()
    local.fire("test_start")
    assert local.recorder.facts().wrongs == ()
