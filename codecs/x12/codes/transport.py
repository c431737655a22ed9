"""Codes of the 204, 990, 214 and 210."""

from __future__ import annotations

from milepost.codecs.x12.codes.model import listed

# AT7-01. X1 is the place of delivery and X3 that of pick-up, whatever some published tables say. X9, A3 and AG mean
# something else in AT7-03 and AT7-02: each element has a list of its own.
STATUS = listed(
    1650,
    "AT7-01: what happened to the shipment",
    """
A1 eta arrival for pick-up is expected
A3 returned goes back to the shipper
A7 exception the consignee refused it
A9 exception damaged
AF departed left the place of pick-up with the freight
AG eta delivery is expected
AH delivery_attempted delivery was tried in vain
AI reconsigned goes to another place than first said
AJ delivery_arrived offered for delivery
AL loaded on a rail car
AM loaded on the truck
AN in_transit goes on by air
AP delivery_attempted delivery was begun and not finished
AR in_transit arrived by rail at the ramp of the destination
AV delivery_arrived can be delivered
AW delivery_arrived can be fetched
B6 eta arrival at the carrier's terminal is expected
BA departed taken over by the line or haulier that goes on
BC in_transit stored on the way
BF acknowledged booking confirmed
BO exception vehicle reported unfit
BR information vehicle fit again
C1 eta leaving the terminal is expected
C2 information empty equipment delivered
C3 information empty equipment fetched
CA cancelled the shipment is cancelled
CB delivered the shipment is done
CD delivered the carrier left the place of delivery: it has been unloaded, even if nobody said so
CL loaded trailer closed
CP loaded loading at the place of pick-up is done
D1 delivered unloading at the place of delivery is done
D2 delivered_partly a part was unloaded
DE information last day without demurrage
DO acknowledged delivery order received
I1 in_transit through the gate inwards
J1 departed handed to the next line
K1 customs arrived at customs
K2 customs released by customs
L1 loaded is being loaded
LC in_transit container put on the chassis
NB exception vehicle came without papers
OA departed through the gate outwards
OO exception papers came without freight or vehicle
OP pod_available the consignee has all the papers
P1 departed left the terminal
PA information a part of the shipment
PD information last day without per diem
PR exception held by customs in bond
PU pickup_attempted pick-up was tried in vain
R1 departed taken over from the line before
RA in_transit arrived at the rail ramp
RD departed left the rail ramp
RH information vehicle no longer held
RL departed left the ramp of origin by rail
S1 delivery_arrived trailer stands at the consignee's
SD exception delayed
SN pickup_attempted the carrier did not pick it up
UC in_transit container taken off the chassis
UR in_transit unloaded from the rail car
X1 delivery_arrived arrived at the place of delivery
X2 eta arrival at the consignee's is expected
X3 pickup_arrived arrived at the place of pick-up
X4 in_transit arrived at a terminal
X5 delivery_arrived arrived at the dock of delivery
X6 in_transit on the way to delivery
X8 pickup_arrived arrived at the dock of pick-up
X9 in_transit arrived at the carrier's warehouse
XB acknowledged the shipment is known
Y1 in_transit arrived at the hub where countries are consolidated
Y2 in_transit left the hub where countries are consolidated
""",
)

REASON = listed(
    1651,
    "AT7-02 and AT7-04: why; the sense is who or what is behind it",
    """
NS normal nothing unusual
NA normal appointment as usual
A1 carrier delivery was missed
A2 shipper the address is wrong
A3 carrier delivered by a detour
A5 consignee the place was not found
A6 consignee tried, with an address that was put right
AA carrier sorted to the wrong place
AD consignee wants it another day
AE shipper contents that may not be carried
AF force accident
AG consignee something at the consignee
AH carrier something with the driver
AI carrier breakdown of the vehicle
AJ carrier something with another carrier
AK damage damaged and packed anew
AL carrier the stop before
AM shipper something at the shipper
AN force closed for a holiday
AO force weather or natural disaster
AP customs waits for export
AQ consignee nobody there
AR customs papers for abroad are wrong
AS customs held for its customs papers
AT consignee could not be asked about the broker
AU force unrest
AV carrier beyond what the service promises
AW carrier after the last hour
AX shipper too little time to pick up
AY carrier pick-up was missed
AZ carrier another carrier delivered
B1 consignee closed
B2 consignee held at the customer's wish until he calls
B4 consignee held until it is paid
B5 consignee held for the consignee
B8 consignee no means to unload there
B9 consignee takes freight only at certain hours
BB shipper held at the shipper's wish
BC shipper papers are missing
BD customs clearance at the border
BE force state of the roads
BF carrier keyed in wrongly
BG other something else
BH carrier too little time left to deliver
BI carrier the haulier of the last miles
BJ consignee wanted it earlier
BK normal appointment agreed before
BL carrier held for protective service
BM carrier no flatcar
BN shipper billing was not released
BO carrier the railway was late
BP damage the load moved
BQ shipper too heavy
BR force train derailed
BS consignee refused
BT shipper returned to the shipper
C1 consignee will fetch it
C2 consignee no credit
C3 consignee put off at his wish
C4 consignee on holiday
C5 consignee on strike
C6 shipper no instructions yet
C7 shipper waits for the carrier the customer named
C8 consignee must be paid on delivery
C9 consignee has no cash
CA customs import or export
CB shipper no date of arrival was asked for
CC shipper no time of arrival was asked for
CS consignee cancelled the shipment
D1 carrier error of the dispatcher
D2 carrier no driver
DU shipper pick-up was asked for twice
F1 customs clearance that is not express
F2 force delay abroad that is not the carrier's
HB consignee waits for an appointment
LG shipper needs a lift gate, which was not ordered
MP shipper pick-up missed: closing time said wrongly
MQ carrier pick-up missed: dispatcher
MR shipper pick-up missed: asked for too late
MS carrier pick-up missed: driver
NF shipper nothing there to pick up
P1 carrier handling took longer
P2 carrier waits for inspection
P3 shipper production was late
P4 carrier waits until the vehicle is full
RC shipper reconsigned
S1 shortage delivered short
SD shipper brought it to the carrier's dock himself
SI shipper was not told of the pick-up
SN shipper not ready
SR other put to another day or hour
T1 carrier no tractor with sleeper
T2 carrier no tractor
T3 carrier no trailer
T4 carrier trailer unfit after what it carried before
T5 carrier no trailer of this class
T6 carrier no trailer of this size
T7 carrier too little time to deliver
UA consignee asked for a faster service
UB shipper asked for a faster service
UC consignee gave another address
UD shipper gave another address
UE carrier cannot give the faster service
UF carrier cannot take the other address
UG shipper keeps the driver waiting at pick-up
UH consignee keeps the driver waiting at unloading
UI shipper needs a lift gate at pick-up
UJ consignee needs a lift gate at delivery
UK normal no longer held, out for delivery
""",
)

APPOINTMENT = listed(
    1652,
    "AT7-03: which appointment",
    """
AA pickup time of pick-up
AB delivery time of delivery
AC delivery_expected time of delivery as expected
ED delivery_not_before not delivered before
EP pickup_not_before not picked up before
LD delivery_not_after delivered at the latest
LP pickup_not_after picked up at the latest
X9 delivery_secured time of delivery agreed
XA pickup_secured time of pick-up agreed
""",
)

LADING = listed(
    33,
    "Q7-01: what is wrong with the freight",
    """
0 short some is missing, where is not known
A short all is missing
D damaged damaged
E refused all of it was refused
O over more than there should be
P partial only a part
W wrong other goods
""",
)

STOP = listed(
    163,
    "S5-02: what is done at a stop",
    """
AA information place of a delay
AL pickup loading ahead of time
CL pickup all is loaded
CN pickup put together with other freight
CU delivery all is unloaded
DR pickup off the ramp and away for more loading
DT delivery trailer is left there
HO information held until it is said what becomes of it
HT information heated
IN information inspected
LD pickup loading
LE pickup container exchanged for export
PA pickup equipment that is loaded already
PL pickup a part is loaded
PU delivery a part is unloaded
RT pickup trailer is fetched
SL pickup equipment left for loading
SQ information quota of softwood
ST information staged
SU delivery equipment left for unloading
TL information reloaded
UL delivery unloading
WE information weighed empty
WL information weighed loaded
""",
)

RESPONSE = listed(
    558,
    "B1-04: the answer to a tender; D is sent both for declined and for cancelled after it was accepted",
    """
A accepted taken
B conditional taken on a condition
C countered another offer is made
D declined cancelled by the carrier; many mean declined
E declined declined
N new a new one
R withdrawn deleted
S changed split
U changed changed
V changed another vessel
""",
)

DECLINE = listed(
    1658,
    "B1-06: why a tender is declined",
    """
CPT capacity kind of capacity
CPU capacity no capacity
DEC capacity more than was agreed on
EQT equipment kind of equipment
EQU equipment no equipment
LNH lane too far or too near
NCL lane not a lane of theirs
PRM permits permits are missing
TES time takes longer than asked for
WGT weight too heavy
""",
)

CORRECTION = listed(
    202,
    "B3-08: what an invoice does to one before it",
    """
AD corrected charges of an earlier bill adjusted
AI corrected more about it
AR corrected revenue added
B1 other vehicle unfit
BA other date both agreed on was not kept
BD balance what is still due
BE corrected error in the bill
BO cancelled vehicle unfit, bill cancelled
CA cancelled bill cancelled
CM cancelled several cars are on one bill
CO corrected correction
CP corrected contents corrected
CS other put together
CT cancelled waybill cancelled
CU other covered by another waybill
D1 other went another way
DC other dispute over who pays
DE cancelled event deleted
DP corrected contents deleted
DS other delayed
EM other moved in error
MB balance various
MD corrected another date of settlement
MR other sent the wrong way
NC other no car came
ND other no division known
PD balance overdue
RB replaced billed anew, the earlier one does not count
RC corrected revenue corrected
RD other dispute over the route
RE other handed to somebody else
RF replaced answer to a bill that was rejected as a whole
RL other dispute over rule 11
RP replaced answer to a bill that was rejected in part
SC other carrier that switches
SP other one of several cars left
TL other reloaded
WC other car wrecked
WS other work stopped
""",
)
