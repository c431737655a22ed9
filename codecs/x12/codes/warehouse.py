"""Codes of the 940, 943, 944, 945 and 947."""

from __future__ import annotations

from milepost.codecs.x12.codes.model import listed

ORDER_STATUS = listed(
    368,
    "W12-01, W27-08, TD5-06, IT3-03: how much of it was shipped",
    """
AA information several pick-ups for one place
AB available can be shipped, billed
AN available there now, no shipping date
AP allocated allocated
AS available there now, with a shipping date
AU available can be shipped, not billed
AV available there
BK backordered on back order since the order before
BM backordered the maker has none
BO backordered on back order
BP partial_backorder a part shipped, the rest comes later
BT information billed in all
BW information billed this week
CA inquiry of all items
CB partial components are missing
CC full shipped completely
CD full put together with other freight
CE over more shipped to reach a better price
CF full load put together
CI inquiry of what was shipped
CK cancelled cancelled in the order before
CL full complete
CM over complete and more
CN information the carrier moves on
CO inquiry of what was not shipped
CP partial a part shipped, no back order
CS full_substituted complete, something else for a part
CT information combined
CU cancelled line cancelled
DA information due for an assortment
DD delivered delivered
DE cancelled order deleted
DI discontinued no longer made
DO diverted diverted
DP information to be disposed of
DR information needs dating
DS out_of_stock none in stock
EC partial no more room on the vehicle
ED expected expected to ship by
EW expected expected to ship in the week of
EX expected expected to be delivered by
FS partial the rest comes from the factory
HQ held waits for qualification
IC cancelled item cancelled
ID held too little said
IN in_process being worked on
IP inquiry by purchase order
IS substituted something else for what was ordered
LM late late
LS full last shipment
LW late so many weeks late
MC full missing components were added
NF information not published yet
NN expected not begun, no shipping date
NS expected not begun, to be shipped on
NY expected no shipping date
OB information from goods billed and held
OF expected sent to the factory
OP discontinued out of print
OR out_of_stock out for now, to be ordered again
PA inquiry purchase order, all items
PC in_process production
PD full purchase order complete
PH held on hold
PI inquiry purchase order, what was shipped
PK in_process packed so far
PL partial a part of the lot, on the way
PN in_process being worked on, no shipping date
PO inquiry purchase order, what was not shipped
PP inquiry purchase order, certain items
PR partial a part shipped
PS in_process being worked on, to be shipped on
PT partial a part of the lot
QN information quantity still due
QP late quantity overdue
RC shipped handed to the carrier
RD expected now expected to ship by
RI cancelled recalled
RT information received in all
RW expected now expected to ship in the week of
SA over quantity increased
SB available seconds, billed
SC partial quantity decreased
SD damaged shipped damaged
SE shipped in place of an earlier shipment
SF shipped in bond at the contractor's
SG shipped as property of the government
SH shipped shipped
SI late late, to be shipped on
SJ shipped shipped or done as said
SK partial less than ordered
SL information shipped until
SP expected to be made on
SQ expected to be shipped in all
SS split in several shipments
ST information stop on the way
SU available seconds, not billed
UB information not billed yet
UN unavailable not to be had
UR information told without being asked
WS information billed, to be shipped
ZZ other as agreed between partners
""",
)

SHORT = listed(
    892,
    "W12-19: why a line is not as ordered",
    """
01 stock none in stock
02 equipment left off the vehicle
03 request the booking office wanted it
04 hold on hold
05 order something is wrong with the order
06 request the receiver wanted it
07 stock less there than in the books
08 stock material is short
09 substituted something else was sent
10 diverted sent elsewhere
11 loading loaded wrongly
12 inbound what should have come in did not
13 allocation more than was allocated
14 order size of the order does not fit
15 equipment wrong vehicle
16 equipment no more room
17 discontinued no longer made
20 inbound transfer came late
21 time too little time
22 inbound transfer was not set up
23 stock not kept here
24 withdrawn withdrawn
25 request customer wanted more
26 hold waits for a test of bacteria
27 hold too young or too old for the customer's rules
ZZ other as agreed between partners
""",
)

CONDITION = listed(
    412,
    "W13-03: in which condition it was received",
    """
01 damaged goods or container damaged
02 short less than announced
03 over more than announced
04 quality quality is in doubt
05 wrong not what was ordered
06 container container is not as agreed
07 good good
08 rejected not taken
09 hold on hold
10 scrapped scrapped
11 information what the supplier has shipped so far is corrected
12 over more than announced, sent back
13 unannounced announced by nothing, not taken in
14 unannounced announced by nothing, taken in
16 unannounced not taken: needs to be announced
""",
)

DAMAGE = listed(
    853,
    "W13-05: how it was damaged",
    """
BD transport doors of the bulkhead open
CC packaging cases crushed
CD packaging cases made badly
DL loading damaged while loading
DP packaging pallets or slip sheets bad
FL packaging flaps loose
HD unknown not to be seen from outside
ID loading doorway not protected
IL loading loaded badly
IU unloading unloaded badly
LD loading nothing between the goods
LS transport load moved
NO loading nails or the like
NR unknown not said
PP loading pattern on the pallet
PS packaging cases pierced
SF loading gaps at the sides
TE transport too warm or too cold
UE transport vehicle unfit
VI transport vehicle hit something
WC packaging wet or stained
""",
)

ADJUSTMENT = listed(
    181,
    "W19-01: why stock changed; the sense says what changed, the sign of the quantity which way",
    """
03 count more was shipped than told
04 count less was received than told
05 hold put on hold
06 count books lowered
07 destroyed dumped or destroyed
08 inspection put into inspection
51 found found again
52 rework damaged goods made good
53 count less was shipped than told
54 count more was received than told
55 unhold no longer on hold
56 count books raised
88 uninspection taken out of inspection
AA count counted
AB count error in the books
AC condition another condition
AD condition another purpose
AE identity identified anew
AF identity another item number
AG owner another owner
AH other something else
AI destroyed disaster
AJ count survey
AK transfer moved to another place
AL owner capitalised
AN identity another unit of issue
AP used tested
AR count shipped in error
AS rework recouped
AT rework packed ahead
AU damaged damaged in the building
AV damaged damaged on the way
AW recall recalled
AX destroyed too old
AY count received in error
BA count variance of operation
BD destroyed cannot be saved
BK condition not to specification
BM rework replaced
BN other tariff deducted
BR condition graded anew
BS condition graded down
BT used additive
CD used donated
CO owner consigned
CR returned returned by a customer
CS used samples
PC reserved kept for a customer
TC other tax converted
UD destroyed destroyed without leave
""",
)

RELEASE = listed(
    473,
    "W05-01: what a shipping order is to one before it",
    """
A information for information
B original of what is on back order
C confirmation confirms
D cancelled delete
E confirmation confirms a back order
F cancelled cancel
G changed other than its lines
L changed lines replaced
N original original
R changed change
S original for a later day
T resubmitted sent again
X test a trial
Z other as agreed between partners
""",
)

REPORTING = listed(
    514,
    "W06-01, W17-01: what kind of report",
    """
A adjustment of stock, in full
B transfer in the books, in full
C returned by a customer, in full
F full in full
J original original
K test a trial
N full without exceptions
O adjustment more was counted, in full
P produced from production, in full
R replaced replaces and is charged
S adjustment less was counted, in full
X exceptions only what was not as it should be
Y other participant of the manifest system
Z other as agreed between partners
""",
)

DETAIL_ADJUSTMENT = listed(
    893,
    "W07-09, W12-20: which way a line counts",
    """
1 normal counts as such a set counts
2 reversed takes back
""",
)

DATE_CHANGE = listed(
    891,
    "W06-10: why the shipping date is another",
    """
01 time too little time
02 carrier came late
03 weather weather
04 request customer or buyer wanted it
05 appointment no appointment for the truck
06 appointment no appointment with the pool
07 strike strike or the like
08 stock waited for goods
09 closed the place of shipping was closed
10 depositor put together by the depositor
11 time date of arrival
12 workload too much to do at the place of shipping
13 handling handled at the place of shipping
14 depositor handled by the depositor
15 request the booking office wanted it
16 equipment vehicle was not accepted
17 carrier another mode
18 time time on the way was wrong
19 carrier wanted it
ZZ other as agreed between partners
""",
)

CARRIER_CHANGE = listed(
    890,
    "W27-10: why another carrier or route",
    """
01 carrier declined
02 equipment vehicle was not accepted
03 carrier missed the appointment
04 equipment no pallets
05 depositor wanted it
06 carrier moves on without stop
07 depositor ships from elsewhere
08 equipment trailer stood there
09 equipment no rail car
10 depositor loads put together
11 unknown no such carrier code
12 unknown no carrier code
13 carrier did not come
14 depositor own fleet
15 time too little time
ZZ other as agreed between partners
""",
)

STOCK = listed(
    529,
    "W19-16: which stock",
    """
AD adjustment lowered
AJ adjustment adjusted
BO bonded in bond
CM committed committed
DM damaged damaged
DP destroyed dumped or destroyed
DU adjustment both ways
IT in_transit on the way
PA adjustment counted
QI inspection in inspection
QU hold on hold or in quarantine
RC received received
RD reconditioned made good again
RE recouped recouped
RT saleable retail
SA saleable can be sold
WH saleable wholesale
""",
)

HOLD = listed(
    844,
    "W04-13: why a line is held on arrival",
    """
01 quality held for quality
02 information held until more is known
03 committed held for somebody
""",
)
