"""The table of models: what each sends, how often, and under which addresses.

Names are neutral and element values are composed after the standard; no row is a real model. The behaviour is that
of the labelled phone set of Pintor and Atzori 2021 (22 phones), measured: gaps between bursts, frames on a channel,
spacing inside a burst, and 5 phones of 22 that probe under their global address.
"""

from __future__ import annotations

from tools.simulate.elements import CHANNEL, extended_capabilities, ht, more_rates, rates, vendor, vht
from tools.simulate.model import Addresses, Gap, Gaps, Model

# Labelled phone set of Pintor and Atzori 2021, measured: median and 90 % of all gaps of a family and mode.
ANDROID_GAPS = Gaps(active=Gap(20, 128), standby=Gap(60, 160))
IOS_GAPS = Gaps(active=Gap(85, 270), standby=Gap(11, 135))

CCK = rates(1, 2, 5.5, 11)
CCK_FIRST = rates(1, 2, 5.5, 11, 6, 9, 12, 18)
CCK_MIXED = rates(1, 2, 5.5, 11, 18, 24, 36, 54)
OFDM = more_rates(6, 9, 12, 18, 24, 36, 48, 54)
OFDM_LAST = more_rates(24, 36, 48, 54)
OFDM_MIXED = more_rates(6, 9, 12, 48)
BARE = (CCK_FIRST, OFDM_LAST)

# Organisations in these vendor elements are invented and carry the local bit, so they name no maker.
CHIP_1 = vendor("06f1a0 02 00 00 10 00 00")
CHIP_2 = vendor("06f1b4 03 01 04")
MAKER_1 = vendor("0af2c8 0a 00 01 04 00 00 00 00")
MAKER_2 = vendor("0af2d3 07 06 01 20")
SERVICE = vendor("0ef30c 16 03 01 01")

# What each model sends beside the network name, in its order. handset-a and handset-b send the same, since a shop holds
# many phones that only behaviour tells apart.
EXT = extended_capabilities
SENT_A = (CCK, OFDM, CHANNEL, ht(0x402D, 0x17, 2), EXT("0400088400000040"), CHIP_1, MAKER_1)
SENT_C = (CCK, OFDM, CHANNEL, ht(0x4021, 0x17, 1), EXT("0400080400000040"), CHIP_1)
SENT_D = (CCK_FIRST, OFDM_LAST, CHANNEL, ht(0x016F, 0x03, 2), EXT("00000a0201000040"), MAKER_2)
SENT_E = (CCK_FIRST, OFDM_LAST, CHANNEL, ht(0x1163, 0x17, 2), vht(0x339071B2, 2), CHIP_1, SERVICE)
SENT_F = (CCK, OFDM, CHANNEL, ht(0x01AD, 0x1B, 1), EXT("0000088001400040"), CHIP_2)
SENT_G = (CCK_FIRST, OFDM_LAST, CHANNEL, ht(0x112D, 0x03, 1), MAKER_2)
SENT_H = (CCK_FIRST, OFDM_LAST, CHANNEL, ht(0x012C, 0x03, 1), EXT("0000000000000040"), MAKER_2)
HT_I = ht(0x09EF, 0x17, 2, beamforming=0x10)
SENT_I = (CCK, OFDM, CHANNEL, HT_I, SERVICE, EXT("04000a82014000400021"), vht(0x0F8179B2, 2))
SENT_J = (CCK, OFDM, CHANNEL, ht(0x0062, 0x1A, 1), EXT("00000800"), CHIP_1, CHIP_2, MAKER_1)
SENT_K = (CCK_FIRST, CHANNEL, OFDM_LAST, ht(0x0020, 0x1F, 1), EXT("0000000000000040"))
SENT_L = (CCK_MIXED, OFDM_MIXED, CHANNEL, ht(0x082C, 0x1B, 1), EXT("0400088001"), CHIP_2, MAKER_1)

ONE_BURST, ONE_CHANNEL, FOR_EVER = Addresses.PER_BURST, Addresses.PER_CHANNEL, Addresses.GLOBAL

# Weights count in 1/220, so that the global addresses come to 50/220 = 5 of 22 phones; how common one model is was
# chosen. handset-h keeps an address for 6 bursts, about 8 minutes; the longest life measured was 20 minutes.
HANDSETS: tuple[Model, ...] = (
    Model("handset-a", 34, ONE_BURST, IOS_GAPS, SENT_A, (1, 1)),
    Model("handset-b", 30, ONE_CHANNEL, IOS_GAPS, SENT_A, (1, 2)),
    Model("handset-c", 18, ONE_BURST, IOS_GAPS, SENT_C, (1, 1), counter_continues=True),
    Model("handset-d", 18, ONE_BURST, ANDROID_GAPS, SENT_D, (2, 3)),
    Model("handset-e", 20, ONE_BURST, ANDROID_GAPS, SENT_E, (2, 2)),
    Model("handset-f", 16, ONE_BURST, ANDROID_GAPS, SENT_F, (2, 2), 40.0),
    Model("handset-g", 12, ONE_BURST, ANDROID_GAPS, SENT_G, (2, 4), bare_standby=True),
    Model("handset-h", 14, ONE_BURST, ANDROID_GAPS, SENT_H, (2, 2), address_bursts=6, counter_continues=True),
    Model("handset-i", 8, ONE_BURST, ANDROID_GAPS, SENT_I, (2, 2)),
    Model("handset-j", 20, FOR_EVER, ANDROID_GAPS, SENT_J, (2, 2), 40.0, counter_continues=True),
    Model("handset-k", 18, FOR_EVER, ANDROID_GAPS, SENT_K, (2, 2), counter_continues=True),
    Model("handset-l", 12, FOR_EVER, ANDROID_GAPS, SENT_L, (3, 4), counter_continues=True),
)

# Devices that never leave. Their pace is chosen; that about half of a computer's frames name a network is measured
# on laboratory captures of 2022 to 2025 (42 to 55 %).
TILL_GAPS = Gaps(active=Gap(300, 600), standby=Gap(300, 600))
PRINTER_GAPS = Gaps(active=Gap(600, 900), standby=Gap(600, 900))
COMPUTER_GAPS = Gaps(active=Gap(240, 900), standby=Gap(240, 900))
SENT_TILL = (CCK_FIRST, OFDM_LAST, CHANNEL, ht(0x0020, 0x03, 1))
SENT_PRINTER = (CCK, OFDM)
SENT_COMPUTER = (CCK_FIRST, OFDM_LAST, ht(0x19EF, 0x17, 2), EXT("0000000000000040"), CHIP_2)

FIXED_MODELS: tuple[Model, ...] = (
    Model("till", 2, FOR_EVER, TILL_GAPS, SENT_TILL, (2, 2), counter_continues=True, knowing_share=0.0),
    Model("printer", 1, FOR_EVER, PRINTER_GAPS, SENT_PRINTER, (1, 2), counter_continues=True, knowing_share=0.0),
    Model(
        name="computer",
        weight=2,
        addresses=FOR_EVER,
        gaps=COMPUTER_GAPS,
        elements=SENT_COMPUTER,
        frames_per_channel=(2, 3),
        counter_continues=True,
        knowing_share=1.0,
        directed_share=0.5,
    ),
)
