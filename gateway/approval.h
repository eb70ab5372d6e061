#pragma once

struct request;

/*
 * The page behind an approval link: GET shows what is asked, POST decides. The link's token is
 * bound to the wait and the action.
 */
void approval_show(struct request *request);
void approval_decide(struct request *request);
