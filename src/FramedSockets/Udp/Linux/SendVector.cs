using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FramedSockets.Udp.Linux;

/// <summary>What one call needs to send many packets: pinned once and used by one send at a time.</summary>
internal sealed unsafe class SendVector
{
    private const int MaxMessages = 64;

    /// <summary>How many datagrams a packet may carry, on every kernel that can.</summary>
    private const int MaxDatagrams = 64;

    /// <summary>How many stretches of memory one call names at most.</summary>
    private const int MaxSegments = 1024;

    private const int MaxPacketLength = 65_000;

    private readonly Message[] _messages = GC.AllocateArray<Message>(MaxMessages, pinned: true);
    private readonly Control[] _controls = GC.AllocateArray<Control>(MaxMessages, pinned: true);
    private readonly Segment[] _segments = GC.AllocateArray<Segment>(MaxSegments, pinned: true);
    private readonly byte[] _names;
    private readonly int[] _datagramCounts = new int[MaxMessages];
    private readonly int _nameLength;
    private int _lastPeer;

    // Several datagrams were refused as one packet. So they are where their peer cannot be reached at all: the first alone shows which.
    private bool _sendsOneAlone;

    public SendVector(AddressFamily family)
    {
        var template = new SocketAddress(family).Buffer.Span;
        _nameLength = template.Length;
        _names = GC.AllocateArray<byte>(MaxMessages * _nameLength, pinned: true);
        for (var i = 0; i < MaxMessages; i++)
        {
            template.CopyTo(_names.AsSpan(i * _nameLength));
        }
    }

    /// <summary>
    /// Sends the first of what is left, as much as one call takes, and notes what has gone. What may go in other packets is no error:
    /// the next call sends it.
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <param name="batch">What is to be sent.</param>
    /// <param name="offload">How long datagrams may be that travel as one packet.</param>
    /// <param name="isStopped">Whether an error stopped the call after some, which the system does not tell.</param>
    public SocketError Send(SafeSocketHandle socket, OutgoingBatch batch, SendOffload offload, out bool isStopped)
    {
        fixed (byte* bytes = batch.Writer.Array)
        {
            var count = _sendsOneAlone ? FillOne(batch, (nint)bytes) : Fill(batch, (nint)bytes, offload.MaxSegmentLength);
            var sent = Send(socket, count, out var error);
            if (error == SocketError.MessageSize && batch.IsConnected && _datagramCounts[0] > 1)
            {
                // Told of an earlier datagram, it says nothing about packets like this one: then it is gone now.
                sent = Send(socket, count, out error);
            }

            if (_sendsOneAlone && sent > 0)
            {
                offload.Learn(batch.Remaining[0].Length);
            }

            isStopped = sent > 0 && sent < count;
            for (var i = 0; i < sent; i++)
            {
                batch.Advance(_datagramCounts[i]);
            }

            _sendsOneAlone = sent < 0 && _datagramCounts[0] > 1 && SendOffload.IsRefusal(error);
            return _sendsOneAlone ? SocketError.Success : error;
        }
    }

    private static nint AddressOf<T>(T[] pinned, int index)
        where T : unmanaged => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned)) + (index * sizeof(T));

    private int Send(SafeSocketHandle socket, int count, out SocketError error)
    {
        do
        {
            try
            {
                var sent = Native.SendMessages(socket, (Message*)AddressOf(_messages, 0), (uint)count, Native.DontWait | Native.NoSignal);
                error = sent < 0 ? Errno.Last : SocketError.Success;
                if (sent >= 0)
                {
                    return sent;
                }
            }
            catch (ObjectDisposedException)
            {
                error = SocketError.OperationAborted;
            }
        }
        while (error == SocketError.TryAgain);
        return -1;
    }

    private int FillOne(OutgoingBatch batch, nint bytes)
    {
        _ = Fill(batch, bytes, maxSegmentLength: 0);
        return 1;
    }

    /// <summary>Describes packets for the datagrams that are left; says how many.</summary>
    private int Fill(OutgoingBatch batch, nint bytes, int maxSegmentLength)
    {
        var rest = batch.Remaining;
        var messages = 0;
        var segments = 0;
        while (rest.Length > 0 && messages < MaxMessages && segments + MaxDatagrams <= MaxSegments)
        {
            var datagrams = CountShared(rest, batch.IsConnected, maxSegmentLength);
            var segmentCount = AddSegments(rest[..datagrams], bytes, segments);
            AddMessage(messages, batch, rest[0], datagrams > 1, segments, segmentCount);
            _datagramCounts[messages++] = datagrams;
            segments += segmentCount;
            rest = rest[datagrams..];
        }

        return messages;
    }

    /// <summary>How many of the first datagrams can share a packet: one peer, one length, and only the last may be shorter.</summary>
    private static int CountShared(ReadOnlySpan<OutgoingDatagram> datagrams, bool isConnected, int maxSegmentLength)
    {
        ref readonly var first = ref datagrams[0];
        var length = first.Length;
        if (length > maxSegmentLength)
        {
            return 1;
        }

        var most = Math.Min(datagrams.Length, Math.Min(MaxDatagrams, MaxPacketLength / length));
        var count = 1;
        while (count < most)
        {
            ref readonly var next = ref datagrams[count];
            if (next.Length > length || !(isConnected || next.Peer == first.Peer))
            {
                break;
            }

            count++;
            if (next.Length < length)
            {
                break;
            }
        }

        return count;
    }

    private int AddSegments(ReadOnlySpan<OutgoingDatagram> datagrams, nint bytes, int at)
    {
        var first = at;
        var end = -1;
        foreach (ref readonly var datagram in datagrams)
        {
            if (datagram.Offset == end)
            {
                _segments[at - 1].Length += (nuint)datagram.Length;
            }
            else
            {
                _segments[at++] = new() { Address = bytes + datagram.Offset, Length = (nuint)datagram.Length };
            }

            end = datagram.Offset + datagram.Length;
        }

        return at - first;
    }

    private void AddMessage(int index, OutgoingBatch batch, in OutgoingDatagram first, bool isShared, int segment, int segmentCount)
    {
        ref var message = ref _messages[index];
        message.Segments = AddressOf(_segments, segment);
        message.SegmentCount = (nuint)segmentCount;
        if (!batch.IsConnected)
        {
            SetName(ref message, index, batch, first);
        }

        message.Control = isShared ? AddressOf(_controls, index) : 0;
        message.ControlLength = isShared ? (nuint)Control.Size : 0;
        if (isShared)
        {
            _controls[index] = new()
            {
                Length = Control.HeaderLength + sizeof(ushort),
                Level = Native.UdpLevel,
                Type = Native.UdpSegment,
                Value = first.Length,
            };
        }
    }

    /// <summary>Says where a message goes; one that goes where the message before it went points to the same address.</summary>
    private void SetName(ref Message message, int index, OutgoingBatch batch, in OutgoingDatagram datagram)
    {
        if (index > 0 && datagram.Peer == _lastPeer)
        {
            message.Name = _messages[index - 1].Name;
            message.NameLength = _messages[index - 1].NameLength;
            return;
        }

        _lastPeer = datagram.Peer;
        message.Name = AddressOf(_names, index * _nameLength);
        message.NameLength = (uint)batch.WriteAddress(datagram, _names.AsSpan(index * _nameLength, _nameLength));
    }
}
