using System.Net;
using System.Net.Sockets;
using FramedSockets.Tests.Support;
using FramedSockets.Udp;

namespace FramedSockets.Tests.Udp;

/// <summary>Endpoints, whose pools poison, and plain sockets on the loopback address.</summary>
internal static class Endpoints
{
    public static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);

    /// <summary>One datagram a system call through <see cref="Socket"/>, as on systems other than Linux.</summary>
    public static UdpDatagramOptions Plain => new() { BatchLength = 1, Pool = CheckedPool.Create() };

    /// <summary>Many datagrams a system call, each a packet of its own.</summary>
    public static UdpDatagramOptions Batched => new() { UseOffload = false, Pool = CheckedPool.Create() };

    public static UdpDatagramOptions Offloaded => new() { Pool = CheckedPool.Create() };

    /// <summary>The ways in which datagrams move; each test of behaviour runs on all.</summary>
    public static TheoryData<string> Ways { get; } = ["plain", "batched", "offloaded"];

    public static UdpDatagramOptions Way(string name) => name switch
    {
        "plain" => Plain,
        "batched" => Batched,
        _ => Offloaded,
    };

    public static UdpDatagramEndpoint<byte> Bind(UdpDatagramOptions? options = null) =>
        UdpDatagramEndpoint.Bind(NoteCodec.Instance, AnyPort, options ?? Offloaded);

    public static UdpDatagramEndpoint<byte> Connect(UdpDatagramEndpoint<byte> to, UdpDatagramOptions? options = null) =>
        UdpDatagramEndpoint.Connect(NoteCodec.Instance, to.LocalEndPoint!, options: options ?? Offloaded);

    public static DatagramPeer Peer(this UdpDatagramEndpoint<byte> endpoint) => new(endpoint.LocalEndPoint!);

    /// <summary>Takes the next datagram at once. A busy system delivers a moment after the send returned, so this looks until it is there.</summary>
    public static Datagram<byte> Take(this UdpDatagramEndpoint<byte> endpoint)
    {
        if (!endpoint.TryReceive(out var datagram))
        {
            Assert.True(endpoint.Plumbing.Socket.Poll(TimeSpan.FromSeconds(30), SelectMode.SelectRead), "No datagram came.");
            var receive = endpoint.ReceiveAsync();
            datagram = receive.IsCompletedSuccessfully ? receive.Result : receive.AsTask().Soon().GetAwaiter().GetResult();
        }

        return datagram;
    }

    public static Socket RawSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(AnyPort);
        return socket;
    }

    /// <summary>A note's bytes.</summary>
    public static byte[] Note(byte header, params byte[] body) => [header, (byte)(body.Length >> 8), (byte)body.Length, .. body];

    /// <summary>A port of this machine where nobody listens; on Linux of an address that no other test uses.</summary>
    public static IPEndPoint DeadPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(OperatingSystem.IsLinux() ? IPAddress.Parse("127.0.0.99") : IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
