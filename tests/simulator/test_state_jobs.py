import random

from zdasync.simulator.job_queue import JobQueue


def submit(queue, steps, now=0.0, **options):
    options = {"delay": 1.0, "seconds_per_row": 0.5, "job_type": "T", "job_class": "C", "verb": "Doing"} | options
    return queue.submit(steps, now=now, **options)


def queue():
    return JobQueue(random=random.Random(1))


def test_lifecycle():
    jobs, applied = queue(), []

    def step(index):
        return lambda at: applied.append((index, at)) or {"row": index}

    job = submit(jobs, [step(0), step(1)], now=100.0)
    assert job.show(100.0, "u") == {
        "id": job.id, "url": "u", "job_type": "T", "status": "queued", "total": 2, "progress": None,
        "message": None, "results": None,
    }
    jobs.advance(100.9)
    assert job.status(100.9) == "queued"
    jobs.advance(101.6)
    shown = job.show(101.6, "u", with_type=False)
    assert (shown["status"], shown["progress"], shown["message"], shown["results"]) == ("working", 1, "Doing #1", None)
    assert "job_type" not in shown
    jobs.advance(500.0)
    shown = job.show(500.0, "u")
    assert applied == [(0, 101.5), (1, 102.0)]
    assert shown["message"] == "Completed at 1970-01-01 00:01:42 +0000"
    assert shown["results"] == [{"row": 0}, {"row": 1}]
    assert shown["progress"] == 2


def test_what_a_job_was_told_to_do_is_forgotten_with_its_end():
    jobs = queue()
    job = submit(jobs, [lambda at: at] * 3)
    jobs.advance(2.0)
    assert len(job.steps) == 3
    jobs.advance(10.0)
    assert (len(job.steps), job.total, jobs.rows_since(job)) == (0, 3, 0)


def test_ids_look_like_the_real_ones():
    job = submit(queue(), [])
    assert job.id.startswith("V3-")
    assert len(job.id) == 35


def test_rows_of_two_jobs_interleave_by_time():
    jobs, order = queue(), []
    submit(jobs, [lambda _: order.append("a")] * 3, now=0.0)
    submit(jobs, [lambda _: order.append("b")] * 3, now=0.25)
    jobs.advance(10.0)
    assert "".join(order) == "ababab"


def test_a_job_without_rows_ends():
    jobs = queue()
    job = submit(jobs, [], now=5.0)
    jobs.advance(5.9)
    assert jobs.in_flight() == [job]
    jobs.advance(6.0)
    assert job.finished_at == 6.0
    assert not jobs.in_flight()


def test_shuffled_results_are_all_there():
    jobs = queue()
    job = submit(jobs, [lambda _, i=i: i for i in range(50)], shuffled=True)
    jobs.advance(1000.0)
    assert job.results != list(range(50))
    assert sorted(job.results) == list(range(50))


def test_old_jobs_are_forgotten():
    jobs = queue()
    old, young = submit(jobs, [], now=0.0), submit(jobs, [], now=50.0)
    jobs.forget(100.0, 100.0)
    assert old.id not in jobs.jobs
    assert young.id in jobs.jobs
