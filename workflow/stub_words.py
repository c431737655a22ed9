"""What most closed orders say in the same words: a stub is compressed against them.

The list is made of what twenty simulated orders keep, as bytes. Once a stub was written with a list it can only be read
with the same one: a new list gets a new number.
"""

from __future__ import annotations

import zlib
from base64 import b85decode

_WORDS_1 = zlib.decompress(b85decode(
    'c-obi&u`<#700znfFeN)q(OfH36Me3B!@&1XNJQc?WJBx*;Qjpf_`k<lQ5ha+QiBvOH$7ImK>5?^TV5)0l{%vZ(|f`t0KvvfU%dNhx*iukz3HeqR'
    '63-lqgHI40{dR;+vT_^WJyfe1>+r)$KK!w+5a1uj|!by@vYDH=C{BGzZmwx7XUJcjgU^UVUS3biqQcJN3?>R$p(xCwOLNd#(EB{JC-d+`Zjsx54P'
    'td;LyxQ2%YUUaxg?v)^26w>vPfhSHvPuhBXmGh5+zgLxO~-fnez+5D&qOE-Fho9nIAXf@whZ&Z6|W3Aa=TSx6yZIF#c8;vgHSgkkOy=g$XQC;hF8'
    'esREsdJ;V0Wk<3MV^WVVvGBmN}_nn3%8Y@45S+JU1)H)xH||UsiL%Z<iv@Wj1qVrdcGP6?h7>>f;oK}M9Lk-U`8q#MgD+?VHE6u?FWe`R7Jon9(Y'
    '$gKMs{hpE?_B<qO?X-4m6(wJ_Jz<E`y@)^Wj}Iw#OD@)PAl=#^froHfi$g7{{nU@DYE+>c!qp>Py|2C+h$K_FwuLntpyDxGS1xdr8)nI<#cD)Ckj'
    'C6%SNb7_a%+nxor)P~$hd7E2F>JY&s1v^cDkck;50c^r7yMl6yeMow77{p%U1wO=?b-`!Iy$Ho3;vw3B{DTOI5%g`Rab$uQ=PY*5Vqb2BiFpj`NW'
    'RU}${7Z6f-)UYUId*x7;Q$u$d@tN;ybCfzJfBw$nmnG;eJ*b2#U?y$ttYcp^Kf<yuj#!Q*QiXp4%;Goo`&WF=?$enk1hC;)9|ITm;{<MRrlEif4h'
    '2d@qR+k5pFX<-E+_Si@*qDToW9LJ;OP6o*4dnkOjPQYiFb_$Y*>@WN7Ap&&1gM{3m^s9U|*cB_FQvXDo~!s$Z~zeM4YpQ<HCYJ5^U89y^F?N2yS4'
    '#tGK(vp~9&B5ILGwg%ht<<XJZmZwBeR8tw_oLKLqdH?)f{!DmV`x%o_}s4v)VSdH<8kSoiO?L2xw@^p7JO@p7~H)7*Nc?;TUH_6+hq;Ds9Emf3Vw'
    'Jpe*2S&l+02RyOwP;EQl2FYl02eP@3ZqV(N@?-83Eh<NXPSCrmAiN|#Cw5fh7@y*?+B2z=Lzws~6JmG#<mEe&_)>)NpHyNAhcsQ$jv=}_`S{fTJA'
    'C~LG#wZmb+<>w1C9p!Gvi&Oq_c4+^Q^0T~lqcr~TlhRSXfj>AIj~~?X(8p&lt=i;tJA<JocFVKXPtsixwn<%(fnvpVY*K0n`>QEzvKm@S?7b|p&l'
    'kE2>EPATANqk*M|pJ|iBS|OU+jKb?{_{+5gvcEcYw8{^vWx1Cc*#y<@<XFByV8!wbRmL{|z5oPWtIA={)}N*(;Y<@x`>6GBk=c<~ojW72zgv?0?M'
    'R;`uv43jK?@e^DHBJpqn#x5KJN^lJ!k=Y^sGPu!Y3zAV5GGXe5U#%Hfy4uVx8+~1!#E;BW(JIWD^5N2pD5f38u`w^f`$>M3ekqT$I!gM5cux%*Ia'
    '-=C;=QzFh7S4ViVCwZL^xYVrdjI<7-TetH?g9fC=Rz^5>9#}gQF<kYL+%$HlLbd+V99g~y9PIeLv#R;x`H`RrqL40Z0QQlDRC{O>ju;HvzKRA`en'
    'zrGCgA_?;Ut@<qV$%Z}}>E&~43p4)1!t{LB1Wot}0jmp8p|f-k9)r4+tDF1-!-V!%uc%S+qEhH@>*Y<(gq5vHzFTT{|?rDIx#{lP~-XK5K!Hw=^M'
    'rVWhduI*g0rBql-!4DHm*-!>d5|M9dj^$Nb`t>UhFAa|}#}<Yz?UdXWBc{zYpsOP=(-agMP)4(b!{Ffxy4sr2oNW)rcDeZobj5gyuIWrg*{4%3@6'
    'F8uU4NRLvpn=`(iLZz;f~{I9Bv*UjA9sQ!}S$(oknpLT`^f5{hY4ZW}U;O->psIa{nAIn6Re+ruOR#c+spEPfOq1|90<y=A$TGKP~<2x!&G^KBtm'
    'xpO&6~^`CnOEFWc=&C}A0&mR=P{A{LIp8B=HJXH*MWEqlRxP2`k1a)j_T?Xbw*{%TdW!f#CQQf$Xc8~w>KSk}HJpNTtyJx@tuBhG5@6n=m+C8_x^'
    'yf0|auFVh>3GU?pcR~8ohf2-N0}yuH>WEAKpcRYX~DaZvR$e)p>h2>0Qlnlui&+g2um1(!6oe4R2al0##Kzu94&a`Fa$QJZ5x6pVOT=D`h9SJ;+j'
    'G#%r%QLxP};WEN&E;egPU&rr(@0ebo$0Ob4H9FkLqa+_<E~mQwi1qcZ)2cP3a89XdF(smbBubqz`HA20r+;CSTU^&x`+{NcKtzV!Yd_><pO'
))  # fmt: skip

WORDS = {1: _WORDS_1}
NEWEST = 1
