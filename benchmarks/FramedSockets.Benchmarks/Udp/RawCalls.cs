using System.Net.Sockets;
using FramedSockets.Udp;
using FramedSockets.Udp.Linux;

namespace FramedSockets.Benchmarks.Udp;

/// <summary>The Linux calls without the library: the same bytes again and again, out and in, with nothing looked at.</summary>
internal sealed unsafe class RawCalls
{
    private readonly Message[] _messages;
    private readonly Segment[] _segments;
    private readonly Control[] _controls = GC.AllocateArray<Control>(1, pinned: true);
    private readonly byte[] _bytes;
    private readonly ReceiveVector _receive;
    private readonly SafeSocketHandle _sender;
    private readonly SafeSocketHandle _receiver;
    private readonly int _count;
    private readonly int _length;
    private readonly byte[] _target;
    private DatagramPeer _peer;

    /// <param name="sender">Connected to the receiver, or not: each message then says where it goes.</param>
    /// <param name="receiver">Bound.</param>
    /// <param name="count">Datagrams to send.</param>
    /// <param name="length">Bytes of each.</param>
    /// <param name="offload">Whether all of them are one packet.</param>
    public RawCalls(Socket sender, Socket receiver, int count, int length, bool offload)
    {
        _sender = sender.SafeHandle;
        _receiver = receiver.SafeHandle;
        _count = count;
        _length = length;
        _bytes = GC.AllocateArray<byte>(count * length, pinned: true);
        var target = receiver.LocalEndPoint!.Serialize();
        _target = GC.AllocateArray<byte>(target.Size, pinned: true);
        target.Buffer.Span[..target.Size].CopyTo(_target);
        _receive = new(offload ? 1 : count, offload ? 65_536 : length, isJoined: offload);
        _messages = GC.AllocateArray<Message>(offload ? 1 : count, pinned: true);
        _segments = GC.AllocateArray<Segment>(_messages.Length, pinned: true);
        for (var i = 0; i < _messages.Length; i++)
        {
            fixed (byte* bytes = _bytes)
            fixed (byte* address = _target)
            fixed (Segment* segments = _segments)
            {
                _segments[i] = new() { Address = (nint)bytes + (i * length), Length = (nuint)(offload ? _bytes.Length : length) };
                _messages[i] = new() { Segments = (nint)(segments + i), SegmentCount = 1 };
                if (!sender.Connected)
                {
                    _messages[i].Name = (nint)address;
                    _messages[i].NameLength = (uint)_target.Length;
                }
            }
        }

        if (offload)
        {
            _controls[0] = new() { Length = Control.HeaderLength + sizeof(ushort), Level = Native.UdpLevel, Type = Native.UdpSegment, Value = length };
            receiver.SetRawSocketOption(Native.UdpLevel, Native.UdpReceiveOffload, BitConverter.GetBytes(1));
            fixed (Control* control = _controls)
            {
                _messages[0].Control = (nint)control;
                _messages[0].ControlLength = Control.Size;
            }
        }
    }

    public int Run()
    {
        fixed (Message* messages = _messages)
        {
            var sent = Native.SendMessages(_sender, messages, (uint)_messages.Length, Native.DontWait | Native.NoSignal);
            if (sent != _messages.Length)
            {
                throw new InvalidOperationException($"{sent} sent: {Errno.Last}.");
            }
        }

        for (var received = 0; received < _count;)
        {
            if (_receive.Receive(_receiver, out var count) != SocketError.Success)
            {
                throw new InvalidOperationException($"{received} of {_count} received.");
            }

            for (var i = 0; i < count; i++)
            {
                _ = _receive.Open(i, out var length, out _, ref _peer);
                received += length / _length;
            }
        }

        return _count;
    }
}
