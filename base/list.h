#pragma once

#include "base/macros.h"

#include <stdbool.h>
#include <stddef.h>

/* List: intrusive, doubly linked, circular around a head. A node that is in no list is self-linked
 * or zeroed; list_remove() of such a node does nothing. */
struct list {
    struct list *next, *prev;
};

static inline void list_init(struct list *head)
{
    head->next = head->prev = head;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == NULL || head->next == head;
}

static inline void list_push(struct list *head, struct list *node) /* at the end */
{
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

static inline void list_push_front(struct list *head, struct list *node)
{
    node->next = head->next;
    node->prev = head;
    head->next->prev = node;
    head->next = node;
}

static inline void list_remove(struct list *node)
{
    if (!node->next) return;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* Takes the first node, or NULL. */
static inline struct list *list_pop(struct list *head)
{
    if (list_is_empty(head)) return NULL;
    struct list *node = head->next;

    list_remove(node);
    return node;
}

#define LIST_ITEM(node, type, member) CONTAINER_OF(node, type, member)
// NOLINTBEGIN(bugprone-macro-parentheses): types and names take none
#define list_each(item, head, type, member)                                           \
    for (type *item = LIST_ITEM((head)->next, type, member); &item->member != (head); \
         item = LIST_ITEM(item->member.next, type, member))
#define list_each_safe(item, head, type, member)                         \
    for (type *item = LIST_ITEM((head)->next, type, member),             \
              *item##_next = LIST_ITEM(item->member.next, type, member); \
         &item->member != (head);                                        \
         item = item##_next, item##_next = LIST_ITEM(item->member.next, type, member))
// NOLINTEND(bugprone-macro-parentheses)
