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

    [LinuxTheory]
    [InlineData(TransportKind.Sockets, true)]
    [InlineData(TransportKind.Sockets, false)]
    [InlineData(TransportKind.Linux, true)]
    [InlineData(TransportKind.Linux, false)]
    public async Task What_connects_has_the_options_that_it_was_told(TransportKind kind, bool isOn)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var transport = Transports.Create(kind, new() { NoDelay = isOn, KeepAlive = isOn, LingerTimeout = TimeSpan.Zero });
        var connection = await transport.ConnectAsync(listener.LocalEndPoint!).Soon();
        using var peer = await listener.AcceptAsync().Soon();
        var socket = connection is LinuxConnection linux
            ? new Socket(new SafeSocketHandle(DescriptorOf(SocketOf(linux)).DangerousGetHandle(), ownsHandle: false))
            : SocketOf((SocketConnection)connection);
        Assert.Equal(isOn, socket.NoDelay);
        Assert.Equal(isOn ? 1 : 0, (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)!);
        if (isOn)
        {
            Assert.Equal(60, (int)socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime)!);
            Assert.Equal(10, (int)socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval)!);
            Assert.Equal(6, (int)socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount)!);
        }

        await connection.Input.CompleteAsync();
        await connection.Output.CompleteAsync();
        await connection.DisposeAsync().Soon();
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_socket")]
    private static extern ref Socket SocketOf(SocketListener listener);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_socket")]
    private static extern ref Socket SocketOf(SocketConnection connection);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_socket")]
    private static extern ref ConnectedSocket SocketOf(LinuxConnection connection);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<descriptor>P")]
    private static extern ref DescriptorHandle DescriptorOf(ConnectedSocket socket);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_socket")]
    private static extern ref Socket SocketOf(LinuxListener listener);
}
