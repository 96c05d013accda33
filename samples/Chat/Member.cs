using System.Buffers;
using System.Text;
using FramedSockets;
using FramedSockets.Tcp;

namespace Chat;

/// <summary>One client of the server.</summary>
internal sealed class Member(FrameConnection<ChatHeader> connection)
{
    /// <summary>Who it is; empty before it joins.</summary>
    public string Name { get; set; } = "";

    /// <summary>Where it is; <see langword="null"/> in between.</summary>
    public string? Room { get; set; }

    /// <summary>
    /// Queues a frame for it, and never waits. Where its queue is full the member does not keep up, and is cut: leaving out
    /// what it missed would be a lie, and waiting would let it stop the room.
    /// </summary>
    public void Tell(in ChatHeader header, in ReadOnlySequence<byte> body)
    {
        try
        {
            if (!connection.TrySend(header, body))
            {
                Console.Error.WriteLine($"{connection.RemoteEndPoint} does not keep up, and is cut");
                connection.Abort();
            }
        }
        catch (FramedSocketException)
        {
            // It has gone. Its own handler sees that as well, and takes it out of its room.
        }
    }

    /// <summary>Says no, in words.</summary>
    public void Refuse(string reason) => Tell(new(ChatHeader.Refused), new(Encoding.UTF8.GetBytes(reason)));
}
