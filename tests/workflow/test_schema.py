"""Records written by an earlier version: they are read, and are of this version from the next write on."""

from __future__ import annotations

import zlib
from base64 import b85decode

import msgspec
import pytest
from milepost.tests.workflow.known_rules import RULES
from milepost.workflow import step
from milepost.workflow.outbox import state
from milepost.workflow.record import SCHEMA, Record, SchemaTooNew, decode, encode
from milepost.workflow.settle import settle

# An order of schema 1, shipped, billed and taken back, with rejections, unknown answers and retries on the way.
SCHEMA_1 = zlib.decompress(b85decode(
    'c-qBQNpIUm6ec5ES-R!aGjBb~8ZHvaV~_}`3e*m4x9Ck6&OF*|sUbsB4g};-q-lDs8TDZJP^Xq{rEwi2U=CdlMvn#3-uf5%GulUn@&<M}6zx'
    'S2-^}~w`@Z*P`Eq-qp~~`A>2oP_nc+GdXv@(J({8(9w4BfOLyvvb#7WI-O?CZ?Uw`-Ru6%HRoD4&FcBdcD<-<J|2-l1Hz{eusFu8HPF~6|5{'
    'Px)Q1U$MnxjmpF@si<{$C%L&L6oe@sVp6E2x*i6Z!RHx3GN+!Qh@L0;L{0bVJGpb7xqCU+n9F(c_EeM{UG8H6?E51K#*RtJt&6eBJhF6z$a`'
    'FCqW;g@pVE}{E8wFY`EQdZ*eE59j`wq>5shx`n%ob&btlmM9Sencu6meJO;hKhXh_+{N-s8V?mshq1ta}nQucB)>29OE*kg{H@T@3T_>7JTw'
    '=FdE^Ar#S<?H(L^N3l;Cm(atSWCe41A9b_f`X+dt&8r1TN%?V7E`>1fogb^C3iPwWA**NTOj=qn6d;8c_{{8MbQ~ltYsg>;L@I(Wk}w-(Y2v'
    'DDdZslpV^FAljy!?nX!?5Klsgynrh~2x2b>$Ca}x+&!A0iD4q`Vg@E&Olwj}!?s&gbu7)K;988?gtg6ogGLqZc^a>zHThWtYt5=oyc^zo+2*'
    '-(*ee2X`8CYL<|+Tg=UVur8DCH3+544NY*t2}t^@&(dtMw5Ajf)8EdAtEbj)c2Uu#5bH;CHM$(dbnZi7^G^XSpFvWKs{c&mOv-g-EaP{xPAk'
    'bOO^OCx!2AU+bo9dRkG%OiP08G{f9FQ@ejJDtT_4R!ZcXR*6*<N3|5s!W9|QyN&&O3ybdquF%(^*pf_;3hf|eRzK8FO~oOK0d8{{>>SAYc!I'
    'kQm>@-+9@CKbLPZ{SJV3JDIZ=->lX_jw9<!fyYs5zc)pJ=1VSllr4+Tow#r&eH3@a70UFnIrfW9SHY=n5n-{ay6<bF~rlQ|S>z4}A`quNs_f'
    '=&j3I+mYuF^F?#R9O;Gt+FlHs}CcSKBIAnXX%#mC^sW&FfO-W;-qLYFfWs2sHjoVExkljDlrrx(c-IQj;*J&4{^C8O4M5_5hCy;19m?c;%EG'
    '>@A4$ix(#|FZ6PC)c40uz=tm#$=reOdVa2Z?ig@V++aPA=c(g9TCwdX{@AAiCUHUqrxD-D9g5eFJt}Q^cw);qzfzuemxxkcC(0W2z1($vzyd'
    'VXr->Jca+#xvKo1l?fGxbYq@xTR&cNlmZ8{d`j&5P|Y*a?`8@xH?addR-cn&m^%C)S8rVt9M#)#W)6JW$KHY%f&1ffC{dJbkbm1i>GgxO#@h'
    'D!`$xu%Oh8<o)mye|0gm{U=ps(F<KLJCEJ%IAqE+#u@D6^LgGbM^_8yZwE4NmsDIN>L026=09$XD34Z1JCberbC&IW@s%m*l06q+wSP_*22<'
    'qcm8H?vGY#n`f}$+Wv~C3pUVcc2yR5s^tMWgrQ^%NsK~E63@~5*cq_w`ikXI?+XT4la>umV_8+ZM)tC'
))  # fmt: skip


def test_a_record_of_schema_1_is_read() -> None:
    """Bytes of the first schema give their record: attempts, answers and numbers are there, what was added since is
    empty, nothing is to be sent, and what is written again is of the present schema and reads the same."""
    old: list[object] = msgspec.msgpack.decode(SCHEMA_1)
    assert old[1] == 1
    record = decode(SCHEMA_1)
    entries = list(record.outbox.values())
    assert [(e.chain, e.attempt, [a.outcome for a in e.receipts]) for e in entries] == [
        ("goods_issue/S-1", 1, ["rejected", "unknown", "accepted"]),
        ("customer_invoice/S-1", 1, ["unknown", "rejected", "unknown", "accepted"]),
        ("customer_invoice/S-1", 0, ["accepted"]),
        ("goods_issue/S-1", 0, ["accepted"]),
    ]
    assert all(state(e) == "accepted" and e.number for e in entries)
    assert not any(e.posting_date or a.posting_date or a.first_open for e in entries for a in e.receipts)
    assert settle(record.copy(), step.decide(record, RULES), RULES.tenant, None) == []
    assert record.schema == SCHEMA
    assert decode(encode(record)) == record


def test_a_record_of_a_later_schema_is_refused() -> None:
    """What a later version wrote is refused by name, never rewritten."""
    with pytest.raises(SchemaTooNew, match=f"schema {SCHEMA + 1}"):
        decode(encode(Record("O-1", schema=SCHEMA + 1)))
