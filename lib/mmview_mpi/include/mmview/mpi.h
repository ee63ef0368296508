/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_MPI_H
#define MMVIEW_MPI_H

/* mpi: a team for a communicator of your own. The communicator must be of the MPI that the library was built with. */

#include <mpi.h>

#include <mmview/team.h>

MMV_BEGIN_DECLS

/*
 * mmv_team_of() - a team of the processes of a communicator. Collective.
 * Shape:   the caller has started MPI. When MPI gives less than MPI_THREAD_SERIALIZED, walks show no progress of the
 *          whole team. A rank that fails then does not stop other ranks before they are done.
 * Owner:   the caller, until mmv_team_leave(). 'comm' is copied.
 * Errors:  MMV_ENOMEM.
 */
MMV_API mmv_status mmv_team_of(MPI_Comm comm, mmv_team **team_ret);

MMV_END_DECLS

#endif
