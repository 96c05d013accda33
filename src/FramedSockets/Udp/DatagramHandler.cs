namespace FramedSockets.Udp;

/// <summary>Handles one frame. An exception is logged, and the endpoint goes on with the next.</summary>
/// <typeparam name="THeader">The header's type.</typeparam>
/// <param name="datagram">The frame and who sent it; valid until the returned task ends.</param>
/// <returns>A task that ends when the frame is handled.</returns>
public delegate ValueTask DatagramHandler<THeader>(Datagram<THeader> datagram);
