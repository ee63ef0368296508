/* SPDX-License-Identifier: MIT */
#ifndef MMI_FORMATS_SIGNATURE_CHECKS_H
#define MMI_FORMATS_SIGNATURE_CHECKS_H

/* signature_checks: of kinds of files whose first bytes are too few, whether the fields behind them fit each other. */

#include "formats/clues.h"

typedef bool mmi__check(const mmi__start *start);

mmi__check mmi__is_adts;
mmi__check mmi__is_arj;
mmi__check mmi__is_berkeley;
mmi__check mmi__is_bmp;
mmi__check mmi__is_box;
mmi__check mmi__is_cine;
mmi__check mmi__is_compress;
mmi__check mmi__is_dbase;
mmi__check mmi__is_dm;
mmi__check mmi__is_elf;
mmi__check mmi__is_ext;
mmi__check mmi__is_flv;
mmi__check mmi__is_grib;
mmi__check mmi__is_gzip;
mmi__check mmi__is_h264;
mmi__check mmi__is_ico;
mmi__check mmi__is_iff;
mmi__check mmi__is_lha;
mmi__check mmi__is_lif;
mmi__check mmi__is_lzma;
mmi__check mmi__is_mpeg_audio;
mmi__check mmi__is_mpeg_video;
mmi__check mmi__is_octal;
mmi__check mmi__is_orc;
mmi__check mmi__is_pcx;
mmi__check mmi__is_pe;
mmi__check mmi__is_pfm;
mmi__check mmi__is_qoi;
mmi__check mmi__is_riff;
mmi__check mmi__is_sgi;
mmi__check mmi__is_transport;

#endif
