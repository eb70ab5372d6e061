/* Ports. The probe does not share (SO_REUSEPORT), so that another server of the same user is seen;
 * the socket that keeps the place does, and is never closed: it must outlive every restart of a
 * gateway thread in this process. */
#include "gateway/gateway.h"
#include "gateway/listener.h"

#include <unistd.h>

bool gateway_reserve_port(const char *listen, int *port, struct error *err)
{
    int probe = listener_open_socket(listen, *port, false, err);

    if (probe < 0) return false;
    int found = listener_port(probe);

    (void)close(probe);
    int keeper = listener_open_socket(listen, found, true, err);

    if (keeper < 0) return false;
    *port = found;
    return true;
}
