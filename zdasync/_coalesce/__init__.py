"""What `zd.coalesce()` is made of: small calls that are alike gather, and go as one request.

`kinds` is the table of what is coalesced into what, `rows` a call that waits and the batch that it goes with,
`gathering` when batches are made and sent and in what order, `reads` and `writes` what comes of one, `outcomes` the
error of a row, `merging` two writes of one record as one.
"""
