"""The rate-limit scheduler: what it knows, what it reckons with, and which module holds which part.

The problem. A request falls under several limits of the server at once, some for the whole account, some for the one
profile or ticket that it names. The server counts in fixed windows that begin at multiples of their length in UTC, and
turns away what is too much. To draw no rejection and yet spend every window whole, one has to know which window a
request will be counted in, and what others have spent of it. Neither is known for certain; all of this package is about
reckoning with what may be, and never with what merely seems.

How a request passes through, and where:

1. `book.Book.charge`: which limits it falls under (`table`, by method and path; `learning` and `hidden` for those that
   only show in replies) and which targets it names (`keys`): a tuple of buckets, its *charge*.
2. `scheduler.Scheduler.admit`: it goes when every bucket has room (`bucket`), and takes from all in that instant. Until
   then it waits in a lane (`lanes`, `parking`), by priority and in fair turns (`turns`). `contact` holds the first ones
   back while nothing is known of the account. `pacer` spreads them if that is wanted.
3. The wire. Its tokens stay out: the server may count it in any window between now and the reply.
4. `ticket.Ticket.settle`: the reply is in. `observe.Listener` reads its headers: what time it is at the server
   (`clock`), what the limits are (`terms`), what others have spent (`word`), or whom to blame for a rejection. The slot
   of a job that was started stays out until the job has ended (`slots`, `holding`).

Three rules that every change has to keep:

- *Safe by what is certain.* A token comes back when the window that it may have been counted in is over for every
  server clock that the replies allow, not when it probably is.
- *Lower at once, raise at an edge.* What the server says may shrink our view of a window in the middle of it; it grows
  only with the next window.
- *Nothing is lost that time gives back.* Whatever is held back for others (`word`), for callers of higher priority or
  by the user (`terms`), or for calls that are spread over a window (`scheduler`), is released as the window runs out,
  unless the user reserved it.

Nothing here does I/O, and nothing but `scheduler` and `pacer` knows of asyncio: times are numbers that are passed in,
in seconds of the event loop's clock. The evidence for the model stands in `table`, `clock` and `bucket`; what happens
when a server does not follow it, in `observe` and `terms`.
"""
