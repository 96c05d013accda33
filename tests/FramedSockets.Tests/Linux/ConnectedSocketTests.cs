using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using FramedSockets.Linux;
using FramedSockets.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace FramedSockets.Tests.Linux;

/// <summary>What the system keeps of a connection that has failed.</summary>
[SupportedOSPlatform("linux")]
public sealed class ConnectedSocketTests
{
    private const int TcpLevel = 6;
    private const int InfoOption = 11;
    private const int UserTimeoutOption = 18;
    private const int ClosedState = 7;
    private readonly SystemCalls _calls = new();

    [LinuxFact]
    public async Task A_network_that_gives_up_behind_the_peer_s_end_leaves_it_an_end_and_is_what_a_send_is_told()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.LocalEndPoint!).Soon();
        using var descriptor = new DescriptorHandle(_calls.Accept(listener.SafeHandle, new byte[128], out _));
        var socket = new ConnectedSocket(
            descriptor, new(0, _calls, LinuxTransportOptions.Default, NullLogger.Instance), _calls, LinuxScheduling.ThreadPool, isTcp: true);
        peer.Shutdown(SocketShutdown.Send);

        // The peer takes nothing, and the system waits for that a millisecond: a probe later it gives up.
        while (socket.Send(new byte[100_000], default) > 0)
        {
        }

        Assert.Equal(0, _calls.SetOption(descriptor, TcpLevel, UserTimeoutOption, 1));
        await Timeouts.Until(() => IsClosed(descriptor));
        Assert.Equal(0, socket.Receive(new byte[1]));
        Assert.Null(socket.FindReset());
        Assert.Equal(FramedSocketError.ConnectionTimedOut, socket.Fail(-socket.Send(new byte[1], default)).Error);
        Assert.Equal(FramedSocketError.ConnectionTimedOut, socket.FindReset()?.Error);
        socket.Close();
    }

    private bool IsClosed(DescriptorHandle descriptor)
    {
        Span<byte> state = stackalloc byte[1];
        return _calls.GetOption(descriptor, TcpLevel, InfoOption, state) > 0 && state[0] == ClosedState;
    }
}
