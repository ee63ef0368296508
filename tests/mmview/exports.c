/* SPDX-License-Identifier: MIT */
/* exports.c - a shared library must have a source of its own; all else comes whole from libmmview.a. */

typedef int nothing;
