/* SPDX-License-Identifier: MIT */
/* Results of hypercalls: zero or a positive value is success, these are the failures. */
#ifndef LINTEL_STATUS_H
#define LINTEL_STATUS_H

/* Values are Linux errno values, negated. Contract: docs/abi/hypercalls.md. */
#define LINTEL_EPERM (-1)    /* the domain, or the privilege level, may not do this */
#define LINTEL_ENOENT (-2)   /* no such port, vCPU or object */
#define LINTEL_EAGAIN (-11)  /* cannot be done now, may be later */
#define LINTEL_ENOMEM (-12)  /* the hypervisor has no memory left for this */
#define LINTEL_EFAULT (-14)  /* a buffer is not the domain's own RAM */
#define LINTEL_EBUSY (-16)   /* the object is in use */
#define LINTEL_EEXIST (-17)  /* the object exists already */
#define LINTEL_EINVAL (-22)  /* an argument, flag or reserved field has no meaning */
#define LINTEL_ENOSPC (-28)  /* a limit fixed when the domain was created is reached */
#define LINTEL_ENOSYS (-38)  /* no hypercall has this number */

#endif
