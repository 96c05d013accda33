using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using FramedSockets.Linux;
using FramedSockets.Tests.Support;
using FramedSockets.Transport;

namespace FramedSockets.Tests.Transport;

[SupportedOSPlatform("linux")]
public sealed class TcpOptionsTests
{
    [LinuxTheory]
    [InlineData(TransportKind.Sockets)]
    [InlineData(TransportKind.Linux)]
    public async Task What_is_set_on_a_listener_is_set_on_its_connections(TransportKind kind)
    {
        await using var listener = await Transports.Create(kind, new()).ListenAsync(new IPEndPoint(IPAddress.Loopback, 0)).Soon();
        var socket = listener is LinuxListener linux ? SocketOf(linux) : SocketOf((SocketListener)listener);
        using var peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.EndPoint).Soon();
        using var accepted = socket.Accept();
        Assert.True(accepted.NoDelay);
        Assert.Equal(1, (int)accepted.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)!);
        Assert.Equal(60, (int)accepted.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime)!);
        Assert.Equal(10, (int)accepted.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval)!);
        Assert.Equal(6, (int)accepted.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount)!);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_socket")]
    private static extern ref Socket SocketOf(SocketListener listener);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_socket")]
    private static extern ref Socket SocketOf(LinuxListener listener);
}
