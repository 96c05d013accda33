using System.Net.Sockets;

namespace FramedSockets.Udp;

/// <summary>
/// Which errors of one send are told of an earlier datagram: the system answers any call on a connected socket with what it has
/// heard meanwhile, and that call has then sent nothing.
/// </summary>
internal struct EarlierErrors(bool isConnected, DatagramStatistics statistics)
{
    /// <summary>How many of them one send may meet before it gives up.</summary>
    private const int Most = 8;

    private SocketError _last;
    private int _count;

    /// <summary>Whether the send is to be repeated.</summary>
    public bool Explain(SocketError error)
    {
        var isRefusal = DatagramFailure.IsRefusal(error);

        // Windows tells of a reset where the socket is not connected, too.
        var isEarlier = isRefusal || DatagramFailure.IsOfThePath(error) || DatagramFailure.IsUnnamed(error);
        if (!(isConnected || error == SocketError.ConnectionReset) || !isEarlier || _count++ == Most)
        {
            return false;
        }

        if (isRefusal)
        {
            statistics.CountRefused();
            return true;
        }

        // What the path has not taken is told once; a datagram that is itself refused is so again.
        return error != _last && (_last = error) == error;
    }
}
