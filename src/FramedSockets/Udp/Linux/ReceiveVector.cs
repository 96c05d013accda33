using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FramedSockets.Udp.Linux;

/// <summary>The memory that one call receives into: pinned once, so that a receive only resets lengths.</summary>
internal sealed unsafe class ReceiveVector
{
    /// <summary>Room for any socket address.</summary>
    private const int NameLength = 128;

    // Slots that lie a multiple of a page apart would fight for the same lines of the processor's caches.
    private const int Stagger = 192;

    private readonly int _slotLength;
    private readonly int _stride;
    private readonly nuint _controlLength;
    private readonly Message[] _messages;
    private readonly Control[] _controls;
    private readonly byte[] _names;
    private int _used;

    /// <summary>Creates the memory.</summary>
    /// <param name="count">How many messages one call may bring.</param>
    /// <param name="slotLength">How long each may be.</param>
    /// <param name="isJoined">
    /// Whether the system joins datagrams, and says beside them how long they are. Otherwise there is no room for anything beside them:
    /// into such room a Unix peer may put descriptors, which would then be this process's to close.
    /// </param>
    public ReceiveVector(int count, int slotLength, bool isJoined)
    {
        _slotLength = slotLength;
        _controlLength = isJoined ? Control.Size : 0u;
        _stride = ((slotLength + 63) & ~63) + Stagger;
        _messages = GC.AllocateArray<Message>(count, pinned: true);
        _controls = GC.AllocateArray<Control>(count, pinned: true);
        _names = GC.AllocateArray<byte>(count * NameLength, pinned: true);
        Segments = GC.AllocateArray<Segment>(count, pinned: true);
        Buffer = GC.AllocateUninitializedArray<byte>(checked(count * _stride), pinned: true);
        for (var i = 0; i < count; i++)
        {
            Segments[i] = new() { Address = AddressOf(Buffer, i * _stride), Length = (nuint)slotLength };
            ref var message = ref _messages[i];
            message.Name = AddressOf(_names, i * NameLength);
            message.Segments = AddressOf(Segments, i);
            message.SegmentCount = 1;
            message.Control = isJoined ? AddressOf(_controls, i) : 0;
        }

        _used = count;
    }

    /// <summary>What was received, a slot for each message.</summary>
    public byte[] Buffer { get; }

    private Segment[] Segments { get; }

    /// <summary>Receives what is there, without waiting.</summary>
    public SocketError Receive(SafeSocketHandle socket, out int count)
    {
        Reset();
        count = 0;
        SocketError error;
        do
        {
            try
            {
                var received = Native.ReceiveMessages(socket, (Message*)AddressOf(_messages, 0), (uint)_messages.Length, Native.DontWait, 0);
                if (received >= 0)
                {
                    count = _used = received;
                    return SocketError.Success;
                }

                error = Errno.Last;
            }
            catch (ObjectDisposedException)
            {
                return SocketError.OperationAborted;
            }
        }
        while (error == SocketError.TryAgain);
        return error;
    }

    /// <summary>Says where a message lies, how long it is, how long each of its datagrams is, and who sent it, given who sent the one before.</summary>
    public int Open(int index, out int length, out int datagramLength, ref DatagramPeer peer)
    {
        ref readonly var message = ref _messages[index];
        length = (int)message.Length;
        datagramLength = length;
        if ((message.Flags & Native.Truncated) != 0)
        {
            // Longer than the slot, and so over the limit.
            datagramLength = length = _slotLength + 1;
        }
        else if (message.ControlLength > Control.HeaderLength && _controls[index] is { Level: Native.UdpLevel, Type: Native.UdpReceiveOffload, Value: > 0 } control)
        {
            datagramLength = control.Value;
        }

        peer = ReadPeer(_names.AsSpan(index * NameLength, NameLength), (int)message.NameLength, peer);
        return index * _stride;
    }

    private static DatagramPeer ReadPeer(ReadOnlySpan<byte> name, int length, in DatagramPeer last)
    {
        switch (length)
        {
            case >= 28 when name[0] == (byte)Family.IPv6:
                return DatagramPeer.ReadIPv6(name);
            case >= 16 when name[0] == (byte)Family.IPv4:
                return DatagramPeer.ReadIPv4(name);
            case >= sizeof(ushort) when name[0] == (byte)Family.Unix:
                return DatagramPeer.ReadUnix(name[..length], last);
            default:
                return default;
        }
    }

    private static nint AddressOf<T>(T[] pinned, int index)
        where T : unmanaged => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned)) + (index * sizeof(T));

    private void Reset()
    {
        for (var i = 0; i < _used; i++)
        {
            ref var message = ref _messages[i];
            message.NameLength = NameLength;
            message.ControlLength = _controlLength;
        }

        _used = 0;
    }

    private enum Family : byte
    {
        Unix = 1,
        IPv4 = 2,
        IPv6 = 10,
    }
}
