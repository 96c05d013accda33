using System.Net.Sockets;

namespace FramedSockets.Udp;

/// <summary>
/// Which errors of one send are told of an earlier datagram: the system answers any call with what it has heard meanwhile, and
/// that call has then sent nothing.
/// </summary>
internal struct EarlierErrors(bool isConnected, DatagramStatistics statistics)
{
    /// <summary>How many refusals one send may meet before it gives up.</summary>
    private const int MaxRefusals = 8;

    private int _refusals;
    private bool _wasTooLong;

    /// <summary>Whether the send is to be repeated.</summary>
    public bool Explain(SocketError error)
    {
        if (!DatagramFailure.IsRefusal(error))
        {
            // A connected socket is told once that the path is narrower than what went before; what is itself too long is refused again.
            return error == SocketError.MessageSize && isConnected && !_wasTooLong && (_wasTooLong = true);
        }

        if (_refusals++ == MaxRefusals)
        {
            return false;
        }

        statistics.CountRefused();
        return true;
    }
}
