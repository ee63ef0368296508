/* SPDX-License-Identifier: MIT */
/*
 * rights: see kit/os/rights.h.
 *
 * With an ACL the group's permissions of a file are its mask: the most that anybody may who is named in the ACL, and
 * not what the group may. Taken for the group's they would open the file. Source: acl(5).
 *
 *     model                        new file, its ACL copied     new file without ACL
 *     same group                   the same                     the group's entry, and no more than any named one
 *     another group                the group's entry and the others': what both may do
 *
 * Other systems: permissions and group alone; their ACLs are not read.
 */
#include "kit/os/rights.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/os/posix/descriptors.h"

/* What three classes may do, 0 to 7 each. */
struct classes {
    unsigned user, group, other;
};

static struct classes classes_of(unsigned permissions)
{
    return (struct classes){permissions >> 6 & 7, permissions >> 3 & 7, permissions & 7};
}

static unsigned permissions_of(struct classes classes)
{
    return classes.user << 6 | classes.group << 3 | classes.other;
}

/* ---- ACLs -------------------------------------------------------------------------------------------------------- */

#ifdef __linux__

#include <sys/xattr.h>

/* Source: linux/posix_acl_xattr.h. All numbers have their low byte first. */
#define ACL_NAME "system.posix_acl_access"
#define ACL_HEAD 4
#define ACL_ENTRY 8
#define ACL_MAX 8192   /* bytes: a thousand entries; file systems have room for fewer */
#define NOTE_MAX 65536 /* bytes: XATTR_SIZE_MAX */

enum { TAG_USER_OBJ = 1, TAG_USER = 2, TAG_GROUP_OBJ = 4, TAG_GROUP = 8, TAG_MASK = 16, TAG_OTHER = 32 };

struct acl {
    unsigned char bytes[ACL_MAX];
    size_t length; /* 0 = the file has none */
};

static int acl_read(int descriptor, struct acl *acl)
{
    ssize_t length = fgetxattr(descriptor, ACL_NAME, acl->bytes, sizeof acl->bytes);
    acl->length = length > 0 ? (size_t)length : 0;
    bool none = length < 0 && (errno == ENODATA || errno == EOPNOTSUPP);
    if (length < 0)
        return none ? 0 : errno;
    return acl->length > ACL_HEAD && (acl->length - ACL_HEAD) % ACL_ENTRY == 0 && acl->bytes[0] == 2 ? 0 : EINVAL;
}

static bool acl_is_there(const struct acl *acl)
{
    return acl->length > 0;
}

static bool acl_is_same(const struct acl *a, const struct acl *b)
{
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

static unsigned tag_at(const struct acl *acl, size_t at)
{
    return (unsigned)(acl->bytes[at] | acl->bytes[at + 1] << 8);
}

static unsigned char *rights_at(struct acl *acl, size_t at)
{
    return &acl->bytes[at + 2];
}

/* The lowest of all entries with these tags; 7 without any. */
static unsigned lowest(struct acl *acl, unsigned tags)
{
    unsigned rights = 7;
    for (size_t at = ACL_HEAD; at < acl->length; at += ACL_ENTRY)
        if (tag_at(acl, at) & tags)
            rights &= *rights_at(acl, at);
    return rights;
}

static void narrow_entries(struct acl *acl, unsigned tags, unsigned rights)
{
    for (size_t at = ACL_HEAD; at < acl->length; at += ACL_ENTRY)
        if (tag_at(acl, at) & tags)
            *rights_at(acl, at) &= (unsigned char)rights;
}

/* What a file may allow that has no ACL but the model's group. */
static struct classes acl_flatten(struct acl *acl, unsigned permissions)
{
    struct classes classes = classes_of(permissions);
    unsigned mask = lowest(acl, TAG_MASK), named = lowest(acl, TAG_USER | TAG_GROUP) & mask;
    classes.group = lowest(acl, TAG_GROUP_OBJ) & mask & named;
    classes.other &= named;
    return classes;
}

/*
 * Returns whether 'descriptor' has it now. Linux does not look at an ACL whose mask lets nobody do anything: who is
 * named in it would be one of the others. Source: acl_permission_check() in fs/namei.c.
 */
static bool acl_write(struct acl *acl, int descriptor, bool same_group)
{
    struct classes umask = classes_of(file_umask());
    unsigned both = lowest(acl, TAG_GROUP_OBJ | TAG_MASK) & lowest(acl, TAG_OTHER);
    narrow_entries(acl, TAG_USER_OBJ, ~umask.user);
    /* The mask narrows the group's entry, too, but for an ACL that has none. */
    narrow_entries(acl, TAG_GROUP_OBJ | TAG_MASK, ~umask.group);
    narrow_entries(acl, TAG_OTHER, ~umask.other);
    if (!same_group) {
        narrow_entries(acl, TAG_GROUP_OBJ, both);
        narrow_entries(acl, TAG_OTHER, both);
    }
    return lowest(acl, TAG_MASK) != 0 && fsetxattr(descriptor, ACL_NAME, acl->bytes, acl->length, 0) == 0;
}

static int acl_remove(int descriptor)
{
    bool fine = fremovexattr(descriptor, ACL_NAME) == 0 || errno == ENODATA || errno == EOPNOTSUPP;
    return fine ? 0 : errno;
}

static bool is_users_note(const char *name)
{
    return strncmp(name, "user.", 5) == 0 && strncmp(name, "user.mmview.", 12) != 0;
}

static void copy_notes(int model, int descriptor, const char *names, const char *end, char *value)
{
    for (const char *name = names; name < end; name += strlen(name) + 1) {
        ssize_t size = is_users_note(name) ? fgetxattr(model, name, value, NOTE_MAX) : -1;
        if (size >= 0)
            fsetxattr(descriptor, name, value, (size_t)size, 0);
    }
}

void rights_copy_notes(int model, int descriptor)
{
    ssize_t length = flistxattr(model, NULL, 0);
    if (length <= 0)
        return;
    char *room = malloc((size_t)length + NOTE_MAX);
    if (room)
        length = flistxattr(model, room, (size_t)length);
    if (room && length > 0)
        copy_notes(model, descriptor, room, room + length, room + length);
    free(room);
}

#else

struct acl {
    bool none;
};

static int acl_read(int descriptor, struct acl *acl)
{
    (void)descriptor, (void)acl;
    return 0;
}

static bool acl_is_there(const struct acl *acl)
{
    (void)acl;
    return false;
}

static bool acl_is_same(const struct acl *a, const struct acl *b)
{
    (void)a, (void)b;
    return true;
}

static struct classes acl_flatten(struct acl *acl, unsigned permissions)
{
    (void)acl;
    return classes_of(permissions);
}

static bool acl_write(struct acl *acl, int descriptor, bool same_group)
{
    (void)acl, (void)descriptor, (void)same_group;
    return false;
}

static int acl_remove(int descriptor)
{
    (void)descriptor;
    return 0;
}

void rights_copy_notes(int model, int descriptor)
{
    (void)model, (void)descriptor;
}

#endif

/* ---- the whole --------------------------------------------------------------------------------------------------- */

int rights_add(int descriptor, unsigned permissions)
{
    /* vfat, network shares: what was made narrow stays so. */
    bool fine =
        fchmod(descriptor, (mode_t)(permissions & 0777 & ~file_umask())) == 0 || errno == EPERM || errno == ENOTSUP;
    return fine ? 0 : errno;
}

int rights_set(int descriptor, unsigned permissions)
{
    int error = acl_remove(descriptor);
    return error != 0 ? error : rights_add(descriptor, permissions);
}

/* Returns whether they have one group; a process may give a file to the groups that it is in. */
static bool share_group(const struct stat *model, int descriptor)
{
    struct stat info;
    if (fstat(descriptor, &info) != 0)
        return false;
    if (info.st_gid == model->st_gid)
        return true;
    return fchown(descriptor, (uid_t)-1, model->st_gid) == 0 && fstat(descriptor, &info) == 0 &&
           info.st_gid == model->st_gid;
}

bool rights_are_alike(int a, int b)
{
    struct stat one, other;
    struct acl acls[2];
    return fstat(a, &one) == 0 && fstat(b, &other) == 0 && one.st_uid == other.st_uid && one.st_gid == other.st_gid &&
           (one.st_mode & 0777) == (other.st_mode & 0777) && acl_read(a, &acls[0]) == 0 && acl_read(b, &acls[1]) == 0 &&
           acl_is_same(&acls[0], &acls[1]);
}

/* What the model's permissions are worth on a file without an ACL. */
static unsigned flat_permissions(const struct stat *model, struct acl *acl, bool same_group)
{
    unsigned permissions = (unsigned)model->st_mode & 0777;
    struct classes classes = acl_is_there(acl) ? acl_flatten(acl, permissions) : classes_of(permissions);
    if (!same_group)
        classes.group = classes.other = classes.group & classes.other;
    return permissions_of(classes);
}

int rights_plain(int model, int descriptor, unsigned *permissions_ret)
{
    struct stat info;
    struct acl acl;
    int error = fstat(model, &info) == 0 ? acl_read(model, &acl) : errno;
    if (error == 0)
        *permissions_ret = flat_permissions(&info, &acl, share_group(&info, descriptor));
    return error;
}

int rights_narrow(int model, int descriptor, unsigned permissions)
{
    unsigned most;
    int error = rights_plain(model, descriptor, &most);
    return error != 0 ? error : rights_set(descriptor, permissions & most);
}

int rights_copy(int model, int descriptor)
{
    struct stat info;
    struct acl acl;
    int error = fstat(model, &info) == 0 ? acl_read(model, &acl) : errno;
    if (error != 0)
        return error;
    bool same_group = share_group(&info, descriptor);
    unsigned flat = flat_permissions(&info, &acl, same_group);
    if (acl_is_there(&acl) && acl_write(&acl, descriptor, same_group))
        return 0;
    return rights_set(descriptor, flat);
}
