"""Codes of many sets, and of the 850, 855, 856 and 846."""

from __future__ import annotations

from milepost.codecs.x12.codes.model import listed

PURPOSE = listed(
    353,
    "BSN-01, BIA-01, B2A-01, W15-04, BEG-01, BAK-01, BIG-08: what a set does to one before it",
    """
00 original original
01 cancelled cancels
02 changed adds
03 changed deletes
04 changed changes
05 replaced replaces as a whole
06 confirmation confirms
07 duplicate the same once more
08 status tells a status
10 other not found
11 response answers
12 other not processed
13 request asks
14 notice announces
15 resubmitted sent again
16 proposed proposes
17 cancelled cancels, comes again
18 original issued again
19 changed changed by the seller
20 original last of several
21 hold on hold
22 information copy for information
24 draft draft
25 changed in addition
26 replaced replaces what is the buyer's
27 other to be verified
28 request inquires
30 original renews
31 changed allows or adds
32 changed takes back or deducts
33 request asks for payment
34 refused payment declined
35 request asks for authority
36 response may deduct
37 refused may not
38 information without value in money
39 response to a trip plan
40 information advice of commitment
41 changed corrected and verified
42 draft temporary
43 request asks to be allowed to serve
44 refused rejects
45 information follows up
46 cancelled cancels, money goes back
47 transfer hands over
48 hold suspended
49 original needs no answer
50 original registers
51 request inquires into the past
52 response to an inquiry into the past
53 information done
54 confirmation approved
55 other excavation
56 information expires
57 original first
5C resubmitted sent again, to be charged
77 test a trial
CN information done
CO changed corrected
EX information loading as it is
GR confirmation granted
PR proposed loading as proposed
RH unhold no longer on hold
RV changed loading as revised
SB other paid when scanned
SU status status brought up to date
ZZ other as agreed between partners
""",
)

LINE_STATUS = listed(
    668,
    "ACK-01, SN1-08: what becomes of a line",
    """
AA accepted forwarded to another place of the supplier
AC shipped accepted and shipped
AR accepted accepted and released
BP partial_backorder a part accepted, the rest comes later
DR accepted_changed another date
IA accepted accepted
IB backordered comes later
IC accepted_changed changed
ID rejected deleted
IE accepted price follows
IF held described too little
IH held on hold
IP accepted_changed another price
IQ accepted_changed another quantity
IR rejected rejected
IS accepted_changed something else instead
IW held waits for a waiver
R1 rejected not in the contract
R2 rejected no such item number
R3 rejected wrong unit
R4 rejected in the contract, not to be had
R5 rejected to be ordered as just in time
R6 rejected to be ordered for extended delivery
R7 rejected to be ordered as drop shipment
R8 rejected to be ordered as surge
SP accepted date follows
""",
)

ANSWER = listed(
    587,
    "BAK-02: the answer to an order as a whole",
    """
AC accepted_changed with detail and changes
AD accepted with detail, no change
AE accepted_changed with what is changed only
AH held on hold
AK accepted no detail, no change
AP accepted of replenishment
AT accepted accepted
NA none no answer is needed
RD rejected with detail
RF rejected with what is rejected only
RJ rejected rejected
RN rejected not as agreed
RO countered rejected, another offer is made
RV rejected against the practice of the trade
ZZ other as agreed between partners
""",
)

QUANTITY = listed(
    673,
    "QTY-01: what is counted; of more than a thousand codes those that speak of stock and lines",
    """
01 quantity this very one
02 cumulative so far
12 announced in the ship notice
17 on_hand there
18 past the week before
20 unusable not usable
26 on_hand all there is
27 committed committed
28 returnable may be sent back
29 projected expected to be available
33 available can be sold
34 available on the shelf and free
37 in_process being worked on
38 ordered at first
39 shipped shipped
45 on_order on order so far
63 on_order on order
69 ordered ordered on top
72 minimum at least in stock
74 damaged damaged
77 transferred came in from other stock
81 shipped shipped, paid ahead
82 unshipped not shipped, paid ahead
83 sold told as sold
84 returned told as sent back
87 received received
90 acknowledged acknowledged
BQ backordered on back order
H8 allocated allocated
IQ in_transit on the way
QA accepted found good
QC rejected found bad
QD delivered delivered
QE deferred put off
QH on_hold on hold
RJ available on the shelf
TO total in all
V2 available available
V3 transferred handed over
XU reserved kept for somebody
""",
)
